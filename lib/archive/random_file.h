#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// A regular file that is read at any place. Its size is that of when it was opened. Any thread.
class RandomFile {
 public:
  /// nullopt when `path` is no regular file.
  static Result<std::optional<RandomFile>> open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Exactly `size` octets from `offset`; kCorrupt when the file has become shorter.
  Status read(std::uint64_t offset, std::size_t size, Bytes& into) const;
  /// What lies between two places, as a stream; the file must outlive it.
  [[nodiscard]] std::unique_ptr<ByteSource> range(std::uint64_t begin, std::uint64_t end) const;

 private:
  RandomFile(Fd fd, std::string name, std::uint64_t size)
      : fd_(std::move(fd)), name_(std::move(name)), size_(size) {}

  Fd fd_;
  std::string name_;
  std::uint64_t size_;
};

}  // namespace mitm::archive
