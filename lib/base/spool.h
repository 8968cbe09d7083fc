#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm {

/// Bytes that are written once, from front to back, and may be read any number of times: in memory
/// while they are few, in an unlinked temporary file ($TMPDIR, else /tmp) beyond that, so that
/// nobody else sees them and nothing stays behind. One thread.
class Spool {
 public:
  static constexpr std::size_t kInMemory = 1024 * 1024;

  /// `in_memory` is the size up to which no file is made.
  explicit Spool(std::size_t in_memory = kInMemory) : in_memory_(in_memory) {}

  /// After a failure the content is undefined.
  Status append(ByteView bytes);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Reads up to `buffer.size()` bytes from `offset` on; 0 only at the end or into nothing.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const;

 private:
  Status move_to_file();

  std::size_t in_memory_;
  Bytes memory_;
  Fd file_;
  std::uint64_t size_ = 0;
};

/// Reads `length` bytes of a spool from `offset` on; the spool must outlive it.
class SpoolSource final : public ByteSource {
 public:
  explicit SpoolSource(const Spool& spool) : SpoolSource(spool, 0, spool.size()) {}
  SpoolSource(const Spool& spool, std::uint64_t offset, std::uint64_t length)
      : spool_(spool), offset_(offset), end_(offset + length) {}
  Result<std::size_t> read(std::span<char> buffer) override;

 private:
  const Spool& spool_;
  std::uint64_t offset_;
  std::uint64_t end_;
};

}  // namespace mitm
