#include "lib/archive/held_sink.h"

namespace mitm::archive {

Status HeldSink::write_pieces(std::span<const ByteView> pieces) {
  if (!can_go_on_) return {};
  for (ByteView piece : pieces) {
    while (!piece.empty()) {
      const std::size_t room = kBlock - (position_ + held_.size()) % kBlock;
      const ByteView part = piece.substr(0, room);
      held_ += part;
      piece.remove_prefix(part.size());
      if (part.size() == room) flush();
    }
  }
  return {};
}

void HeldSink::flush() {
  if (status_ && !held_.empty()) pass_on();
}

Status HeldSink::retry() {
  if (!status_ && can_go_on_) pass_on();
  return status_;
}

void HeldSink::pass_on() {
  using SteadyClock = std::chrono::steady_clock;
  const auto before = sink_->written();
  const auto start = SteadyClock::now();
  status_ = sink_->write(held_);
  time_in_sink_ += SteadyClock::now() - start;
  const auto after = sink_->written();
  const bool is_final = !status_ && (status_.error().code == Code::kCancelled ||
                                     status_.error().code == Code::kCorrupt);
  can_go_on_ = status_ || (before && after && !is_final);
  const std::uint64_t taken = !status_ && can_go_on_ ? *after - *before : held_.size();
  position_ += taken;
  held_.erase(0, taken);
}

}  // namespace mitm::archive
