#include "lib/archive/frame_reader.h"

#include <algorithm>
#include <utility>

#include "lib/archive/format.h"
#include "lib/archive/seek_table.h"

// A frame that is damaged inside its blocks still tells where it ends, and reading goes on there.
// Where that is lost too, the next frame is searched for. What is found may be part of an archive
// that was itself recorded, as somebody's download, so until the damaged frame must be over only a
// frame of the same run is believed. A frame whose end does not come may be torn or may be damaged
// and have swallowed what follows; only when nothing is found in it, it is torn.
//
// A frame can seem to begin at every ninth octet and each time go on for a mebibyte, and one of a
// few octets can promise a mebibyte of content and end in order with a wrong checksum. So while
// looking at frames has cost too much for what came of it, such places are passed over unseen.

namespace mitm::archive {
namespace {

constexpr ByteView kDataMagic{"\x28\xB5\x2F\xFD"};
// Where the first frame is unreadable a search goes so far, so that it does not take all of a
// foreign file.
constexpr std::uint64_t kMaxPreamble = 64 * 1024 * 1024;
// What looking at frames may cost before reading is choosy: so much, and so much for each octet
// that was left behind.
constexpr std::uint64_t kFreeWork = 32 * 1024 * 1024;
constexpr std::uint64_t kWorkPerOctet = 32;
// What it costs to hop over one part of a frame and to decompress it, in octets.
constexpr std::uint64_t kWorkPerPart = 128;

}  // namespace

Result<ByteView> FrameReader::peek(std::size_t size) {
  const auto filled = raw_.fill(size);
  if (!filled) return std::unexpected(filled.error());
  return raw_.view().substr(0, size);
}

/// Once its content has been used up.
void FrameReader::tell_of_frame() {
  if (std::exchange(untold_, false) && observer_ != nullptr)
    observer_->on_frame(current_.at, current_.bytes, content_.bytes().size());
}

Result<bool> FrameReader::next() {
  tell_of_frame();
  lose_rest();
  if (to_discard_ > 0) {
    const auto complete = discard();
    if (!complete || !*complete) return complete;
  }
  for (known_ = given_; !search_.active; known_ = given_) {
    const auto more = raw_.fill(1);
    if (!more || !*more) return more;
    const auto unit = examine();
    if (!unit) return std::unexpected(unit.error());
    if (*unit == Unit::kSkippable) {
      if (observer_ != nullptr && unit_size_ <= raw_.view().size()) {
        observer_->on_skippable(raw_.view().substr(0, static_cast<std::size_t>(unit_size_)),
                                raw_.offset());
      }
      closed_ = is_seek_table(raw_.view());
      to_discard_ = unit_size_;
      discarded_from_ = raw_.offset();
      const auto complete = discard();
      if (!complete || !*complete) return complete;
      continue;
    }
    if (*unit == Unit::kPart) {
      take_part();
    } else if (*unit == Unit::kFrame) {
      take_frame();
    } else {
      MITM_TRY(begin_search(*unit == Unit::kTorn));
    }
    if (!content().empty()) return true;
  }
  return search();
}

ByteView FrameReader::content() const {
  const ByteView bytes = content_.bytes();
  return bytes.substr(std::min(known_, bytes.size()));
}

void FrameReader::give_up_frame() {
  given_up_ = given_ > 0;
  if (!given_up_) add_skipped(current_.at, current_.bytes);
}

void FrameReader::take_part() {
  set_current(unit_size_);
  given_ = content_.bytes().size();
  if (given_up_) known_ = given_;
}

void FrameReader::take_frame() {
  if (given_up_) {
    add_skipped(raw_.offset(), unit_size_);
    content_.clear();
  } else {
    set_current(unit_size_);
    untold_ = true;
  }
  raw_.consume(static_cast<std::size_t>(unit_size_));
  end_frame();
}

void FrameReader::end_frame() {
  given_ = 0;
  given_up_ = false;
}

Result<FrameReader::Unit> FrameReader::examine() {
  unit_size_ = 0;
  structural_end_ = 0;
  if (given_ == 0) {
    content_.clear();
    walker_ = {};
  }
  const auto filled = raw_.fill(4);
  if (!filled) return std::unexpected(filled.error());
  if (!*filled) return Unit::kTorn;
  switch (magic_of(raw_.view())) {
    case Magic::kData:
      return examine_frame();
    case Magic::kSkippable:
      return examine_skippable();
    case Magic::kNone:
      break;
  }
  return Unit::kDamaged;
}

Result<FrameReader::Unit> FrameReader::examine_frame() {
  auto state = walker_.walk(raw_.view());
  while (state == FrameWalker::State::kMore) {
    if (has_grown()) return Unit::kPart;
    const auto more = raw_.fill(raw_.view().size() + 1);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    state = walker_.walk(raw_.view());
  }
  walked_ += walker_.position() + kWorkPerPart * walker_.parts();
  const bool complete = state == FrameWalker::State::kComplete;
  if (complete && content_.load_complete(raw_.view().substr(0, walker_.position()))) {
    unit_size_ = walker_.position();
    return Unit::kFrame;
  }
  if (complete) structural_end_ = walker_.position();
  unit_size_ = content_.load_verified(raw_.view());
  return state == FrameWalker::State::kMore ? Unit::kTorn : Unit::kDamaged;
}

/// Whether there is more to show of a frame whose rest has to be waited for.
bool FrameReader::has_grown() {
  if (search_.active || !raw_.would_wait()) return false;
  unit_size_ = content_.extend_verified(raw_.view());
  return content_.bytes().size() > given_;
}

Result<FrameReader::Unit> FrameReader::examine_skippable() {
  auto filled = raw_.fill(kSkippableHeader);
  if (!filled) return std::unexpected(filled.error());
  if (!*filled) return Unit::kTorn;
  unit_size_ = skippable_size(raw_.view());
  if (unit_size_ > kMaxSkippable) {
    // A seek table has 8 octets for each frame of a large archive.
    const bool plausible = unit_size_ <= SeekTable::kMaxSize && unit_size_ % 8 == 1;
    return is_seek_table(raw_.view()) && plausible ? Unit::kSkippable : Unit::kDamaged;
  }
  const auto size = static_cast<std::size_t>(unit_size_);
  filled = raw_.fill(size);
  if (!filled) return std::unexpected(filled.error());
  if (!*filled) return Unit::kTorn;
  const ByteView frame = raw_.view().substr(0, size);
  if (is_summary(frame) || is_seek_table(frame)) {
    walked_ += size;
    const bool intact = is_summary(frame) ? summaries_.is_intact(frame) : ends_seek_table(frame);
    if (intact) return Unit::kSkippable;
    structural_end_ = size;
    return Unit::kDamaged;
  }
  // A length that is wrong must not make us skip good frames.
  const auto good = followed_by_frame(size);
  if (!good) return std::unexpected(good.error());
  return *good ? Unit::kSkippable : Unit::kDamaged;
}

Result<bool> FrameReader::followed_by_frame(std::size_t size) {
  const auto filled = raw_.fill(size + 4);
  if (!filled || !*filled) return filled ? Result<bool>(true) : filled;
  return magic_of(raw_.view().substr(size)) != Magic::kNone;
}

/// False when the source ends before that.
Result<bool> FrameReader::discard() {
  while (to_discard_ > 0) {
    const auto more = raw_.fill(1);
    if (!more) return more;
    if (!*more) {
      losses_.torn_at = discarded_from_;
      losses_.torn_bytes = raw_.offset() - discarded_from_;
      losses_.tail = {discarded_from_, discarded_from_};
      return false;
    }
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(to_discard_, raw_.view().size()));
    raw_.consume(step);
    to_discard_ -= step;
  }
  return true;
}

/// After examine() found something torn or damaged: leaves it behind, by its end if that is known.
Status FrameReader::begin_search(bool torn) {
  const std::uint64_t begin = raw_.offset();
  if (given_up_) content_.clear();
  const std::uint64_t verified = content_.bytes().empty() ? 0 : unit_size_;
  if (verified > 0) set_current(verified);
  if (structural_end_ > 0 && may_look()) {
    const auto followed = followed_by_frame(structural_end_);
    if (!followed) return std::unexpected(followed.error());
    if (*followed) {
      end_frame();
      raw_.consume(structural_end_);
      rest_lost_ = {.at = begin + verified, .bytes = structural_end_ - verified};
      if (content().empty()) lose_rest();
      return {};
    }
  }
  end_frame();
  search_ = {.lost_from = begin + verified, .frame = begin, .torn = torn, .active = true};
  raw_.consume(static_cast<std::size_t>(std::max<std::uint64_t>(verified, 1)));
  return {};
}

Result<bool> FrameReader::search() {
  while (true) {
    const auto found = seek_magic();
    if (!found) return found;
    if (!*found) return end_search();
    if (!may_look()) {
      raw_.consume(1);
      continue;
    }
    const auto unit = examine();
    if (!unit) return std::unexpected(unit.error());
    if (!is_trustworthy()) {
      raw_.consume(1);
      continue;
    }
    add_skipped(search_.lost_from, raw_.offset() - search_.lost_from);
    search_.active = false;
    if (*unit != Unit::kFrame) {
      MITM_TRY(begin_search(*unit == Unit::kTorn));
    } else {
      take_frame();
    }
    return true;
  }
}

/// Goes to the next magic number of a data frame. False when there is none.
Result<bool> FrameReader::seek_magic() {
  while (true) {
    const auto filled = raw_.fill(kDataMagic.size());
    if (!filled || !*filled) return filled;
    if (!run_id_ && raw_.offset() > kMaxPreamble) return false;
    const ByteView view = raw_.view();
    const std::size_t at = view.find(kDataMagic);
    raw_.consume(std::min(at, view.size() - kDataMagic.size() + 1));
    if (at != ByteView::npos) return true;
  }
}

/// Nothing was found up to the end of the source.
bool FrameReader::end_search() {
  losses_.tail = {search_.frame, search_.lost_from};
  if (search_.torn) {
    losses_.torn_at = search_.lost_from;
    losses_.torn_bytes = raw_.offset() + raw_.view().size() - search_.lost_from;
  } else {
    add_skipped(search_.lost_from, raw_.offset() + raw_.view().size() - search_.lost_from);
  }
  raw_.consume(raw_.view().size());
  search_.active = false;
  return false;
}

bool FrameReader::is_trustworthy() const {
  const auto run_id = content_.run_id();
  return run_id && (run_id == run_id_ || raw_.offset() - search_.frame > kMaxFrameSize);
}

bool FrameReader::may_look() const {
  return work() <= kFreeWork + kWorkPerOctet * raw_.offset() + shown_;
}

void FrameReader::set_current(std::uint64_t size) {
  if (given_ == 0) was_closed_ = std::exchange(closed_, false);
  shown_ += content().size();
  current_ = {.at = raw_.offset(), .bytes = size};
  if (const auto run_id = content_.run_id()) run_id_ = run_id;
}

/// What is lost behind a content shows only when that has been read.
void FrameReader::lose_rest() {
  if (rest_lost_) add_skipped(rest_lost_->at, rest_lost_->bytes);
  rest_lost_.reset();
}

void FrameReader::add_skipped(std::uint64_t at, std::uint64_t bytes) {
  constexpr std::size_t kMaxPlaces = 64;
  if (losses_.skipped.size() < kMaxPlaces) {
    losses_.skipped.push_back({at, bytes});
  } else {
    losses_.skipped.back().bytes += bytes;
  }
}

}  // namespace mitm::archive
