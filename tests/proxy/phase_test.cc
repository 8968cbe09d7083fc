#include "lib/proxy/phase.h"

#include <catch2/catch.hpp>

#include "tests/support/session_fixture.h"

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::run_for;
using test::run_until;

/// Waits for nothing but its deadline.
struct Waiter final : Phase {
  Waiter(Session& session, int& fired) : Phase(session), deadline(*this, [&fired] { ++fired; }) {}
  void start() override { deadline.start(20ms); }
  void cut(const flow::FlowError&) override {}
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }
  void on_end(net::Stream&, bool) override {}
  void on_error(net::Stream&, net::StreamError) override {}

  PhaseTimer deadline;
};

TEST_CASE("the deadline of a phase comes once") {
  test::SessionFixture fixture;
  int fired = 0;
  fixture.session->enter(std::make_unique<Waiter>(*fixture.session, fired));
  REQUIRE(run_until(*fixture.loop, [&] { return fired > 0; }));
  run_for(*fixture.loop, 60ms);
  CHECK(fired == 1);
}

TEST_CASE("it does not come once the session has gone on, or is over") {
  test::SessionFixture fixture;
  int first = 0;
  int second = 0;
  fixture.session->enter(std::make_unique<Waiter>(*fixture.session, first));
  fixture.session->enter(std::make_unique<Waiter>(*fixture.session, second));
  fixture.session->close();
  run_for(*fixture.loop, 60ms);
  CHECK(first == 0);
  CHECK(second == 0);
}

TEST_CASE("the time for which the session is held does not count") {
  test::SessionFixture fixture;
  int fired = 0;
  fixture.session->enter(std::make_unique<Waiter>(*fixture.session, fired));
  fixture.session->hold(true);
  run_for(*fixture.loop, 100ms);
  CHECK(fired == 0);
  fixture.session->hold(false);
  CHECK(run_until(*fixture.loop, [&] { return fired == 1; }));
}

TEST_CASE("it comes although the session is held again and again") {
  test::SessionFixture fixture;
  int fired = 0;
  fixture.session->enter(std::make_unique<Waiter>(*fixture.session, fired));
  bool held = false;
  net::Timer toggle(*fixture.loop, [&] {
    fixture.session->hold(held = !held);
    toggle.start(5ms);
  });
  toggle.start(5ms);
  CHECK(run_until(*fixture.loop, [&] { return fired == 1; }));
}

}  // namespace
}  // namespace mitm::proxy
