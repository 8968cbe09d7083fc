#include "lib/proxy/request_source.h"

#include <utility>

#include "lib/net/buffer.h"

namespace mitm::proxy {

wire::Event RequestSource::next() {
  while (true) {
    const wire::Event event = decoder_.next();
    if (std::holds_alternative<wire::Paused>(event)) {
      if (!switched_) return event;
      decoder_.resume(*std::exchange(switched_, std::nullopt));
    } else if (std::holds_alternative<wire::NeedData>(event)) {
      held_.clear();
      if (!refill()) return event;
    } else {
      return event;
    }
  }
}

bool RequestSource::take() {
  if (!held_.empty()) return false;
  refill();
  return true;
}

bool RequestSource::refill() {
  if (evbuffer_get_length(client_.input()) > 0) {
    held_ = net::take_all(client_.input());
    decoder_.feed(held_);
    return true;
  }
  if (!client_.ended_clean() || std::exchange(ended_, true)) return false;
  decoder_.feed_eof(*client_.ended_clean());
  return true;
}

}  // namespace mitm::proxy
