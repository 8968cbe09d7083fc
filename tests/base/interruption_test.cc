#include "lib/base/interruption.h"

#include <catch2/catch.hpp>
#include <csignal>

using mitm::Interruption;

TEST_CASE("the first signal is a wish, and what was before comes back") {
  struct sigaction before{};
  ::sigaction(SIGTERM, nullptr, &before);
  {
    const Interruption interruption;
    CHECK_FALSE(interruption.requested());
    ::raise(SIGTERM);
    CHECK(interruption.requested());
    struct sigaction now{};
    ::sigaction(SIGTERM, nullptr, &now);
    CHECK(now.sa_handler == SIG_DFL);  // a second one ends the program
  }
  struct sigaction after{};
  ::sigaction(SIGTERM, nullptr, &after);
  CHECK(after.sa_handler == before.sa_handler);
  CHECK_FALSE(Interruption().requested());
}

TEST_CASE("nohup stays in force") {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const Interruption interruption;
    ::raise(SIGHUP);
    CHECK_FALSE(interruption.requested());
  }
  std::signal(SIGHUP, before);
}
