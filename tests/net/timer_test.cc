#include "lib/net/timer.h"

#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::make_loop;
using test::run_for;
using test::run_until;

TEST_CASE("a timer fires once, not before its time") {
  const auto loop = make_loop();
  int fired = 0;
  Timer timer(*loop, [&] { ++fired; });
  const auto started = std::chrono::steady_clock::now();
  timer.start(30ms);
  REQUIRE(run_until(*loop, [&] { return fired > 0; }));
  CHECK(std::chrono::steady_clock::now() - started >= 25ms);
  run_for(*loop, 60ms);
  CHECK(fired == 1);
}

TEST_CASE("a cancelled timer does not fire, nor does one that is gone") {
  const auto loop = make_loop();
  int fired = 0;
  Timer cancelled(*loop, [&] { ++fired; });
  cancelled.start(1ms);
  cancelled.cancel();
  {
    Timer gone(*loop, [&] { ++fired; });
    gone.start(1ms);
  }
  run_for(*loop, 30ms);
  CHECK(fired == 0);
}

TEST_CASE("starting again replaces the earlier start") {
  const auto loop = make_loop();
  int fired = 0;
  Timer timer(*loop, [&] { ++fired; });
  timer.start(1h);
  timer.start(1500us);
  CHECK(run_until(*loop, [&] { return fired == 1; }));
}

TEST_CASE("a timer runs from its start until it fires or is cancelled") {
  const auto loop = make_loop();
  bool fired = false;
  Timer timer(*loop, [&] { fired = true; });
  CHECK_FALSE(timer.runs());
  timer.start(1ms);
  CHECK(timer.runs());
  REQUIRE(run_until(*loop, [&] { return fired; }));
  CHECK_FALSE(timer.runs());
  timer.start(1h);
  timer.cancel();
  CHECK_FALSE(timer.runs());
}

TEST_CASE("an action may start its timer again") {
  const auto loop = make_loop();
  int fired = 0;
  std::optional<Timer> timer;
  timer.emplace(*loop, [&] {
    if (++fired < 3) timer->start(0us);
  });
  timer->start(0us);
  CHECK(run_until(*loop, [&] { return fired == 3; }));
}

}  // namespace
}  // namespace mitm::net
