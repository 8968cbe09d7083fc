#include "cmd/mitm-record/inherited.h"

#include <fcntl.h>
#include <pthread.h>

namespace mitm::record {

Inherited Inherited::look() {
  Inherited result;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &result.blocked);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      result.ignored.push_back(signal);
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) result.closed.push_back(fd);
  }
  result.descriptors = descriptor_limit();
  return result;
}

}  // namespace mitm::record
