#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/net/loop.h"

namespace mitm::net {

struct Signal {
  int number = 0;
  bool from_kernel = false;  ///< typed at the terminal, for one; false: somebody called kill(2)
};

/// Calls `action` on the loop's thread for each of `signals` that the process gets. Blocks them in
/// the calling thread and those it starts later, so it must come before the first of them; a child
/// process has to unblock them. One that is ignored comes too.
class SignalWatch {
 public:
  static Result<std::unique_ptr<SignalWatch>> create(Loop& loop, const std::vector<int>& signals,
                                                     std::function<void(Signal)> action);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  SignalWatch(Loop& loop, Fd fd, std::function<void(Signal)> action);
  void on_readable();

  Fd fd_;
  std::function<void(Signal)> action_;
  EventPtr event_;
};

}  // namespace mitm::net
