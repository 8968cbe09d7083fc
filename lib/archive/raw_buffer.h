#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// The part of a source that is being looked at. Grows with what was really read, never with what a
/// length field declares.
class RawBuffer {
 public:
  explicit RawBuffer(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  /// Reads until view() holds at least `size` octets; false when the source ends before that.
  Result<bool> fill(std::size_t size);
  /// Whether the source still has to be waited for.
  [[nodiscard]] bool would_wait() const { return !at_end_ && !source_->is_ready(); }
  /// Valid until the next fill().
  [[nodiscard]] ByteView view() const { return {octets_.data() + begin_, end_ - begin_}; }
  /// At most view().size().
  void consume(std::size_t size);
  /// Where view() begins in the source.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<char> octets_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
};

}  // namespace mitm::archive
