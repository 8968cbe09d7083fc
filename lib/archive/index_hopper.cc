#include "lib/archive/index_hopper.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/archive/format.h"

namespace mitm::archive {
namespace {

/// Blocks may be small, where every record was flushed.
constexpr std::uint64_t kWindow = 4096;

}  // namespace

Result<std::optional<FrameFacts>> IndexHopper::next() {
  while (position_ < file_.size()) {
    const auto hopped = hop();
    if (!hopped) return std::unexpected(hopped.error());
    if (*hopped == Hop::kIndex) return facts_;
    if (*hopped == Hop::kCut) break;
  }
  return std::nullopt;
}

std::unexpected<Error> IndexHopper::unfit() const {
  return fail(Code::kCorrupt,
              fmt::format("{}: no index where one should be, at byte {}", file_.name(), position_));
}

ByteView IndexHopper::window() const {
  return ByteView(window_).substr(static_cast<std::size_t>(position_ - window_at_));
}

/// Sees to it that the window shows enough of what stands at the position, or all there is.
Status IndexHopper::look() {
  const std::uint64_t left = file_.size() - position_;
  const std::uint64_t needed = std::min<std::uint64_t>(FrameWalker::kPartHeader, left);
  const std::uint64_t end = window_at_ + window_.size();
  if (position_ >= window_at_ && position_ + needed <= end) return {};
  window_at_ = position_;
  return file_.read(position_, static_cast<std::size_t>(std::min(kWindow, left)), window_);
}

Result<IndexHopper::Hop> IndexHopper::hop() {
  MITM_TRY(look());
  switch (magic_of(window())) {
    case Magic::kData:
      return data_frame_ ? Result<Hop>(unfit()) : hop_data_frame();
    case Magic::kSkippable:
      return hop_skippable();
    case Magic::kNone:
      break;
  }
  return file_.size() - position_ < 4 ? Result<Hop>(Hop::kCut) : unfit();
}

Result<IndexHopper::Hop> IndexHopper::hop_data_frame() {
  const std::uint64_t begin = position_;
  FrameWalker walker;
  auto state = FrameWalker::State::kPart;
  while (state == FrameWalker::State::kPart) {
    MITM_TRY(look());
    state = walker.step_over(window(), file_.size() - position_);
    position_ = begin + walker.position();
  }
  if (state == FrameWalker::State::kBroken) return unfit();
  data_frame_ = begin;
  return state == FrameWalker::State::kComplete ? Hop::kDone : Hop::kCut;
}

Result<IndexHopper::Hop> IndexHopper::hop_skippable() {
  const std::uint64_t left = file_.size() - position_;
  if (left < kSkippableHeader) return Hop::kCut;
  const std::uint64_t size = skippable_size(window());
  if (size > left) return Hop::kCut;
  if (is_summary(window())) return take_summary(size);
  const bool ends_archive = is_seek_table(window());
  position_ += size;
  if (ends_archive) base_ = position_;
  return Hop::kDone;
}

/// A directory says nothing that its indexes do not.
Result<IndexHopper::Hop> IndexHopper::take_summary(std::uint64_t size) {
  if (size > kMaxSkippable) return unfit();
  Bytes frame;
  MITM_TRY(file_.read(position_, static_cast<std::size_t>(size), frame));
  const auto facts = decoder_.index(frame);
  if (!facts && !decoder_.directory(frame)) return unfit();
  if (facts && (!data_frame_ || facts->frame_size != position_ - *data_frame_)) return unfit();
  index_at_ = position_;
  position_ += size;
  if (!facts) return Hop::kDone;
  facts_ = *facts;
  data_frame_.reset();
  return Hop::kIndex;
}

}  // namespace mitm::archive
