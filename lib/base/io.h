#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"

namespace mitm {

/// Where bytes are written to. Used by one thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Writes all of `bytes` or fails; with kCancelled when nobody reads them any more.
  virtual Status write(ByteView bytes) = 0;
  /// The same of several pieces, one after the other.
  virtual Status write_pieces(std::span<const ByteView> pieces) {
    for (const ByteView piece : pieces)
      if (Status written = write(piece); !written) return written;
    return {};
  }
  /// Octets that were written so far, also of a write that failed: with the one after them writing
  /// may go on later. nullopt: not known, so that nothing can follow a failure.
  [[nodiscard]] virtual std::optional<std::uint64_t> written() const { return std::nullopt; }
  /// Asks for the bytes to survive a power loss. Does nothing where that has no meaning (a pipe).
  virtual Status sync() = 0;
  /// Must be called to learn that the last bytes arrived; no other call may follow.
  virtual Status close() = 0;
  /// Of the file, until it is closed, for what else can be done to it; -1: there is none.
  [[nodiscard]] virtual int descriptor() const { return -1; }
};

/// Where bytes are read from. Used by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads at least one byte into `buffer`, or returns 0 at the end.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
  /// Whether read() would return at once. Of a pipe or terminal that may be false for long.
  [[nodiscard]] virtual bool is_ready() const { return true; }
};

/// A file, pipe or terminal. `name` is what error messages call it.
class FdSink final : public ByteSink {
 public:
  FdSink(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Status write(ByteView bytes) override;
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return written_; }
  Status sync() override;
  Status close() override;
  [[nodiscard]] int descriptor() const override { return fd_.get(); }

 private:
  Fd fd_;
  std::string name_;
  std::uint64_t written_ = 0;
};

class FdSource final : public ByteSource {
 public:
  FdSource(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Result<std::size_t> read(std::span<char> buffer) override;
  [[nodiscard]] bool is_ready() const override;

 private:
  Fd fd_;
  std::string name_;
};

/// What becomes of a symbolic link at the end of a path that is opened for writing.
enum class Links : std::uint8_t {
  kFollow,
  kRefuse,  ///< fails with ELOOP: who can write the folder may have put it there
};
/// For open(2).
int flag_of(Links links);

/// Opens `path` for reading. Fails when it is a directory.
Result<Fd> open_for_reading(const std::filesystem::path& path);

/// The same, but of nothing but a regular file: for what somebody else named, who may have named a
/// pipe or terminal that never ends or never answers.
Result<Fd> open_regular_file(const std::filesystem::path& path);

/// What `source`, which errors call `name`, still gives; fails with kLimit when that is more than
/// `limit` bytes.
Result<Bytes> read_all(ByteSource& source, const std::string& name, std::size_t limit);

/// The whole file; fails with kLimit when it holds more than `limit` bytes.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit);
/// The same of nothing but a regular file.
Result<Bytes> read_regular_file(const std::filesystem::path& path, std::size_t limit);

enum class IfExists : std::uint8_t { kFail, kReplace };

/// Writes a temporary file beside `path` with `mode`, syncs it and moves it into place, so that
/// nobody ever sees half of it or, for a key, sees it with wider permissions.
/// With kFail an existing file is left alone and errno EEXIST is reported, without a race.
Status write_file_atomically(const std::filesystem::path& path, ByteView content, unsigned mode,
                             IfExists if_exists);

/// Of the name of a temporary file that it writes, that of the file which this was to become; empty
/// for other names.
std::string_view unfinished_target(std::string_view name);

/// Makes names that were created, renamed or removed in `directory` survive a power loss.
Status sync_directory(const std::filesystem::path& directory);

}  // namespace mitm
