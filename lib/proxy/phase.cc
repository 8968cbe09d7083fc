#include "lib/proxy/phase.h"

#include <algorithm>
#include <utility>

#include "lib/proxy/session.h"

namespace mitm::proxy {
namespace {

/// How often a timer looks whose session is held.
constexpr std::chrono::milliseconds kHeldCheck{20};

}  // namespace

void Phase::on_stalled(const flow::FlowError& error) { session_.cut(error); }

bool Phase::current() const { return session_.phase() == this; }

PhaseTimer::PhaseTimer(const Phase& phase, std::function<void()> action)
    : phase_(phase),
      action_(std::move(action)),
      timer_(phase.session().environment().loop, [this] { on_time(); }) {}

void PhaseTimer::start(std::chrono::milliseconds delay) {
  left_ = delay;
  counted_ = phase_.session().free_time();
  timer_.start(delay);
}

void PhaseTimer::on_time() {
  if (!phase_.current()) return;
  const auto free = phase_.session().free_time();
  left_ -= free - std::exchange(counted_, free);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(left_);
  if (left.count() <= 0) return action_();
  timer_.start(phase_.session().is_held() ? std::max(left, kHeldCheck) : left);
}

}  // namespace mitm::proxy
