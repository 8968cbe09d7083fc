#include "lib/base/pending_signal.h"

#include <pthread.h>

#include <catch2/catch.hpp>
#include <csignal>

using mitm::pending_signal;

TEST_CASE("a signal that waits is seen until it is taken") {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGUSR2);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &before) == 0);
  CHECK_FALSE(pending_signal({SIGUSR1, SIGUSR2}));
  ::raise(SIGUSR2);
  CHECK(pending_signal({SIGUSR1, SIGUSR2}) == SIGUSR2);
  CHECK_FALSE(pending_signal({SIGUSR1}));
  int taken = 0;
  REQUIRE(::sigwait(&blocked, &taken) == 0);
  CHECK_FALSE(pending_signal({SIGUSR1, SIGUSR2}));
  REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}
