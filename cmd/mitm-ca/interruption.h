#pragma once

#include <csignal>

namespace mitm::ca {

/// While there is one, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process, so that
/// what was started can be ended first. At most one at a time.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// 0: none came.
  [[nodiscard]] static int signal();
  /// As shells tell it: 128 and the signal's number.
  [[nodiscard]] static int exit_status() { return 128 + signal(); }

 private:
  struct sigaction before_[3] = {};
};

}  // namespace mitm::ca
