#include "lib/archive/held_sink.h"

#include <utility>

namespace mitm::archive {

Status HeldSink::write(ByteView bytes) {
  ByteView rest = bytes;
  if (status_) status_ = pass_on(rest);
  if (!status_ && can_go_on_) held_ += rest;
  return {};
}

Status HeldSink::retry() {
  if (status_ || !can_go_on_) return status_;
  ByteView rest = held_;
  status_ = pass_on(rest);
  held_ = Bytes(rest);
  return status_;
}

/// Whatever becomes of it, `rest` is what the sink has not got.
Status HeldSink::pass_on(ByteView& rest) {
  using SteadyClock = std::chrono::steady_clock;
  const auto before = sink_->written();
  const auto start = SteadyClock::now();
  Status status = sink_->write(rest);
  time_in_sink_ += SteadyClock::now() - start;
  const auto after = sink_->written();
  can_go_on_ = status || (before && after && status.error().code != Code::kCancelled);
  if (status) {
    rest = {};
  } else if (can_go_on_) {
    rest.remove_prefix(*after - *before);
  }
  return status;
}

}  // namespace mitm::archive
