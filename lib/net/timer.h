#pragma once

#include <chrono>
#include <functional>

#include "lib/net/loop.h"

namespace mitm::net {

/// Calls `action` once, `delay` after start(). Loop thread only; gone with its destructor.
/// `action` may start the timer again, but must not destroy it.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> action);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::microseconds delay);  ///< replaces an earlier start
  void cancel();
  [[nodiscard]] bool runs() const;

 private:
  std::function<void()> action_;
  EventPtr event_;
};

}  // namespace mitm::net
