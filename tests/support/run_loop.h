#pragma once

#include <event2/event.h>

#include <chrono>
#include <memory>
#include <utility>

#include "lib/net/loop.h"
#include "lib/net/timer.h"

namespace mitm::test {

inline std::unique_ptr<net::Loop> make_loop() { return std::move(net::Loop::create()).value(); }

/// Turns the loop on this thread until `done()`. False when it is not within `patience`, which is
/// over only when the loop has had some turns: a busy machine may have left us none.
template <class Done>
bool run_until(net::Loop& loop, Done done,
               std::chrono::milliseconds patience = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  net::Timer tick(loop, [] {});
  for (int turns = 0; !done(); ++turns) {
    if (turns >= 10 && std::chrono::steady_clock::now() > deadline) return false;
    tick.start(std::chrono::milliseconds(2));
    event_base_loop(loop.base(), EVLOOP_ONCE);
  }
  return true;
}

/// Gives what is not expected to happen the time to happen.
inline void run_for(net::Loop& loop, std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  net::Timer tick(loop, [] {});
  do {
    tick.start(std::chrono::milliseconds(2));
    event_base_loop(loop.base(), EVLOOP_ONCE);
  } while (std::chrono::steady_clock::now() <= deadline);
}

}  // namespace mitm::test
