#include "lib/archive/raw_buffer.h"

#include <algorithm>
#include <span>
#include <utility>

namespace mitm::archive {
namespace {

constexpr std::size_t kReadSize = 128 * 1024;

}  // namespace

Result<bool> RawBuffer::fill(std::size_t size) {
  while (end_ - begin_ < size && !at_end_) {
    if (octets_.size() - end_ < kReadSize) {
      if (begin_ > 0) std::copy(octets_.data() + begin_, octets_.data() + end_, octets_.data());
      end_ -= begin_;
      begin_ = 0;
      octets_.resize(std::max(octets_.size(), end_ + kReadSize));
    }
    const auto got = source_->read(std::span(octets_).subspan(end_));
    if (!got) return std::unexpected(got.error());
    end_ += *got;
    at_end_ = *got == 0;
  }
  return end_ - begin_ >= size;
}

void RawBuffer::consume(std::size_t size) {
  begin_ += size;
  offset_ += size;
}

}  // namespace mitm::archive
