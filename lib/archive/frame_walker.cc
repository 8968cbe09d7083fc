#include "lib/archive/frame_walker.h"

#include <algorithm>

#include "lib/archive/format.h"
#include "lib/archive/little_endian.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxBlock = 128 * 1024;  // RFC 8878, section 3.1.1.2.4
constexpr std::size_t kBlockHeader = 3;
constexpr std::size_t kChecksum = 4;

/// RFC 8878, section 3.1.1.1.2.
std::uint64_t window_size(std::uint64_t descriptor) {
  const std::uint64_t base = std::uint64_t{1} << (10 + (descriptor >> 3));
  return base + base / 8 * (descriptor & 7);
}

}  // namespace

Magic magic_of(ByteView bytes) {
  if (bytes.size() < 4) return Magic::kNone;
  const std::uint64_t magic = little_endian(bytes.substr(0, 4));
  if (magic == kZstdMagic) return Magic::kData;
  return (magic & ~std::uint64_t{0xF}) == kSkippableMagic ? Magic::kSkippable : Magic::kNone;
}

bool is_summary(ByteView bytes) { return little_endian(bytes.substr(0, 4)) == kSummaryMagic; }

bool is_seek_table(ByteView bytes) { return little_endian(bytes.substr(0, 4)) == kSeekTableMagic; }

bool ends_seek_table(ByteView frame) {
  return frame.size() >= kSkippableHeader + 4 &&
         little_endian(frame.substr(frame.size() - 4)) == kSeekTableEnd;
}

std::uint64_t skippable_size(ByteView bytes) {
  return kSkippableHeader + little_endian(bytes.substr(4, 4));
}

FrameWalker::State FrameWalker::walk(ByteView raw) {
  State state = complete_ ? State::kComplete : State::kPart;
  while (state == State::kPart) state = step(raw);
  return state;
}

FrameWalker::State FrameWalker::step_over(ByteView next, std::uint64_t left) {
  ++parts_;
  if (position_ == 0) return header(next);
  if (after_last_block_) return checksum(left);
  return position_ > kMaxFrameSize ? State::kBroken : block(next, left);
}

/// RFC 8878, section 3.1.1.1.
FrameWalker::State FrameWalker::header(ByteView next) {
  constexpr std::size_t kDescriptorEnd = 5;
  if (next.size() < kDescriptorEnd) return State::kMore;
  const auto descriptor = static_cast<unsigned char>(next[4]);
  const bool single_segment = (descriptor & 0x20) != 0;
  const bool reserved = (descriptor & 0x08) != 0;
  const bool has_checksum = (descriptor & 0x04) != 0;
  const bool has_dictionary = (descriptor & 0x03) != 0;
  if (magic_of(next) != Magic::kData || reserved || !has_checksum || has_dictionary) {
    return State::kBroken;
  }
  const unsigned flag = descriptor >> 6;
  const std::size_t window_length = single_segment ? 0 : 1;
  const std::size_t size_length = flag == 0 ? (single_segment ? 1 : 0) : std::size_t{1} << flag;
  if (next.size() < kDescriptorEnd + window_length + size_length) return State::kMore;

  std::uint64_t content = little_endian(next.substr(kDescriptorEnd + window_length, size_length));
  if (flag == 1) content += 256;
  const std::uint64_t window =
      single_segment ? content : window_size(little_endian(next.substr(kDescriptorEnd, 1)));
  if (window > kMaxWindow || content > kMaxFrameContent) return State::kBroken;
  max_block_ = static_cast<std::size_t>(std::min<std::uint64_t>(window, kMaxBlock));
  position_ = kDescriptorEnd + window_length + size_length;
  return State::kPart;
}

/// RFC 8878, section 3.1.1.2.
FrameWalker::State FrameWalker::block(ByteView next, std::uint64_t left) {
  if (next.size() < kBlockHeader) return State::kMore;
  const std::uint64_t head = little_endian(next.substr(0, kBlockHeader));
  const unsigned type = head >> 1 & 3;
  const auto size = static_cast<std::size_t>(head >> 3);
  constexpr unsigned kRunLength = 1;
  constexpr unsigned kReserved = 3;
  if (type == kReserved || size > max_block_) return State::kBroken;
  const std::size_t stored = type == kRunLength ? 1 : size;
  if (left < kBlockHeader + stored) return State::kMore;
  position_ += kBlockHeader + stored;
  after_last_block_ = (head & 1) != 0;
  return State::kPart;
}

FrameWalker::State FrameWalker::checksum(std::uint64_t left) {
  if (left < kChecksum) return State::kMore;
  position_ += kChecksum;
  complete_ = true;
  return State::kComplete;
}

}  // namespace mitm::archive
