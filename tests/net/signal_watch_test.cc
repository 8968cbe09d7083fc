#include "lib/net/signal_watch.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <vector>

#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using test::make_loop;
using test::run_until;

/// Leaves the process as it was: the next test must be killable again.
struct MaskKeeper {
  MaskKeeper() { ::pthread_sigmask(SIG_SETMASK, nullptr, &before); }
  ~MaskKeeper() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  sigset_t before;
};

TEST_CASE("a watched signal is an event and kills nobody") {
  const MaskKeeper keeper;
  const auto loop = make_loop();
  std::vector<Signal> got;
  const auto watch =
      SignalWatch::create(*loop, {SIGTERM, SIGUSR1}, [&](Signal signal) { got.push_back(signal); });
  REQUIRE(watch.has_value());
  ::kill(::getpid(), SIGTERM);
  REQUIRE(run_until(*loop, [&] { return got.size() == 1; }));
  CHECK(got[0].number == SIGTERM);
  CHECK_FALSE(got[0].from_kernel);
  ::kill(::getpid(), SIGUSR1);
  REQUIRE(run_until(*loop, [&] { return got.size() == 2; }));
  CHECK(got[1].number == SIGUSR1);
}

TEST_CASE("signals that came before the loop turned are not lost") {
  const MaskKeeper keeper;
  const auto loop = make_loop();
  std::vector<int> got;
  const auto watch = SignalWatch::create(*loop, {SIGTERM, SIGUSR1},
                                         [&](Signal signal) { got.push_back(signal.number); });
  REQUIRE(watch.has_value());
  ::kill(::getpid(), SIGUSR1);
  ::kill(::getpid(), SIGTERM);
  REQUIRE(run_until(*loop, [&] { return got.size() == 2; }));
  CHECK(std::ranges::is_permutation(got, std::vector{SIGUSR1, SIGTERM}));
}

}  // namespace
}  // namespace mitm::net
