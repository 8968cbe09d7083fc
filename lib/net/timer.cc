#include "lib/net/timer.h"

#include <utility>

namespace mitm::net {

Timer::Timer(Loop& loop, std::function<void()> action)
    : action_(std::move(action)),
      event_(event_new(
          loop.base(), -1, 0,
          [](evutil_socket_t, short, void* self) { static_cast<Timer*>(self)->action_(); }, this)) {
}

void Timer::start(std::chrono::microseconds delay) {
  const timeval interval{delay.count() / 1'000'000, delay.count() % 1'000'000};
  event_add(event_.get(), &interval);
}

void Timer::cancel() { event_del(event_.get()); }

bool Timer::runs() const { return event_pending(event_.get(), EV_TIMEOUT, nullptr) != 0; }

}  // namespace mitm::net
