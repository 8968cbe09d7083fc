#include "lib/net/socket_events.h"

#include <utility>

namespace mitm::net {
namespace {

template <void (SocketEvents::Handler::*OnEvent)()>
EventPtr make_event(Loop& loop, int fd, short what, SocketEvents::Handler& handler) {
  return EventPtr(event_new(
      loop.base(), fd, what,
      [](evutil_socket_t, short, void* who) {
        (static_cast<SocketEvents::Handler*>(who)->*OnEvent)();
      },
      &handler));
}

}  // namespace

SocketEvents::SocketEvents(Loop& loop, int fd, Handler& handler)
    : readable_(make_event<&Handler::on_readable>(loop, fd, EV_READ | EV_PERSIST, handler)),
      writable_(make_event<&Handler::on_writable>(loop, fd, EV_WRITE, handler)),
      due_(make_event<&Handler::on_due>(loop, -1, 0, handler)) {}

void SocketEvents::expect_readable(bool expected) {
  if (stopped_ || std::exchange(expecting_readable_, expected) == expected) return;
  expected ? event_add(readable_.get(), nullptr) : event_del(readable_.get());
}

void SocketEvents::expect_writable() {
  if (!stopped_) event_add(writable_.get(), nullptr);
}

void SocketEvents::soon() {
  if (!stopped_) event_active(due_.get(), EV_TIMEOUT, 0);
}

void SocketEvents::stop() {
  stopped_ = true;
  for (event* each : {readable_.get(), writable_.get(), due_.get()}) event_del(each);
}

}  // namespace mitm::net
