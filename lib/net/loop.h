#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/net/handles.h"

namespace mitm::net {

/// Anything whose destruction must wait until no callback of it is on the stack.
class Retirable {
 public:
  virtual ~Retirable() = default;
};

/// One thread's event loop. Everything but post() and stop() belongs to the thread that calls
/// run().
///
/// Order within one iteration: ready sockets and timers, then what was deferred or posted, then the
/// retired objects. Nothing else about the order may be relied on.
class Loop {
 public:
  static Result<std::unique_ptr<Loop>> create();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Returns after stop().
  void run();
  /// Any thread. What was posted before is still carried out.
  void stop();

  /// Any thread: `task` runs on the loop's thread. Tasks still waiting when the loop goes are
  /// dropped.
  void post(std::function<void()> task);
  /// `task` runs soon, never before the caller has returned to the loop.
  void defer(std::function<void()> task);
  /// Destroys `object` at the end of an iteration, first retired first. Destructors may retire
  /// more.
  void retire(std::unique_ptr<Retirable> object);

  /// Memory for whoever runs on the loop; what is in it lasts until the next callback.
  static constexpr std::size_t kScratch = 64 * 1024;
  [[nodiscard]] std::span<char> scratch() { return {scratch_.get(), kScratch}; }

  [[nodiscard]] event_base* base() const { return base_.get(); }

 private:
  Loop(EventBasePtr base, Fd wakeup);
  void on_wakeup();
  void run_deferred();

  EventBasePtr base_;
  Fd wakeup_;  ///< eventfd that other threads write to
  EventPtr wakeup_event_;
  EventPtr deferred_event_;
  std::unique_ptr<char[]> scratch_{new char[kScratch]};
  std::vector<std::function<void()>> deferred_;
  std::vector<std::unique_ptr<Retirable>> retired_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
};

}  // namespace mitm::net
