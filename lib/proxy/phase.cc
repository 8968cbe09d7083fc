#include "lib/proxy/phase.h"

#include <utility>

#include "lib/proxy/session.h"

namespace mitm::proxy {

void Phase::on_stalled(const flow::FlowError& error) { session_.cut(error); }

bool Phase::current() const { return session_.phase() == this; }

PhaseTimer::PhaseTimer(const Phase& phase, std::function<void()> action)
    : phase_(phase),
      action_(std::move(action)),
      timer_(phase.session().environment().loop, [this] { on_time(); }) {}

void PhaseTimer::start(std::chrono::milliseconds delay) {
  delay_ = delay;
  timer_.start(delay);
}

void PhaseTimer::on_time() {
  if (!phase_.current()) return;
  const Session& session = phase_.session();
  if (session.is_held()) return timer_.start(delay_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(delay_ - session.free_for());
  left > std::chrono::milliseconds(0) ? timer_.start(left) : action_();
}

}  // namespace mitm::proxy
