#include "lib/base/pending_signal.h"

#include <csignal>

namespace mitm {

std::optional<int> pending_signal(std::initializer_list<int> signals) {
  sigset_t pending;
  ::sigpending(&pending);
  for (const int signal : signals) {
    if (sigismember(&pending, signal) == 1) return signal;
  }
  return std::nullopt;
}

}  // namespace mitm
