#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// An archive that a further run is appended to: open(), then begin() once.
class Appending {
 public:
  /// Opens `path`, which may be missing or empty, takes the writer's lock and looks how the archive
  /// ends, for which it reads all of it. Changes nothing. Fails when another writer has it, when it
  /// is not an archive (kCorrupt), and with kCancelled when a signal that ends us is pending.
  static Result<Appending> open(const std::filesystem::path& path, Links links = Links::kFollow);

  /// Of the archive, until begin().
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// What is to know about the archive: damage in its middle, which is left alone.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  /// Makes the end one that can be appended to, and returns what writes there. Where the archive
  /// was not closed, a capture gap says so; what followed its last complete frame is kept in a file
  /// of its own, what could be verified of it is written again. `warnings()` tells of that too.
  /// Interrupted at any time, even by a power loss, what stood there is in one of the two.
  Result<std::unique_ptr<ByteSink>> begin(const Clock& clock);

 private:
  /// From where on the archive cannot stay as it is.
  struct Tail {
    std::uint64_t begin = 0;
    std::uint64_t verified = 0;  ///< up to here
    Bytes content;               ///< what that held
    Bytes closing;               ///< octets that make a frame of that; empty: it is written again
  };

  Appending(Fd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Status look();
  Status read_frames();
  Status repair(const Clock& clock);
  Status close_where_it_stands();
  [[nodiscard]] Result<Bytes> new_end(const flow::Record& gap) const;
  [[nodiscard]] Status replace_end(ByteView end) const;
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> source() const;

  Fd fd_;
  std::filesystem::path path_;
  std::vector<std::string> warnings_;
  std::uint64_t size_ = 0;
  bool closed_ = true;  ///< cleanly, or empty
  std::optional<Tail> tail_;
  std::uint64_t run_id_ = 0;  ///< of the last checkpoint
};

}  // namespace mitm::archive
