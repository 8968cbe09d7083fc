#include "lib/net/socket_events.h"

#include <unistd.h>

#include <algorithm>

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/peer.h"
#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::run_for;

struct Fixture final : SocketEvents::Handler {
  void on_readable() override {
    log += 'r';
    if (log.size() > 3) events.expect_readable(false);
  }
  void on_writable() override { log += 'w'; }
  void on_due() override { log += 'd'; }

  test::TcpPair pair;
  test::Peer peer{std::move(pair.theirs)};
  std::unique_ptr<Loop> loop = test::make_loop();
  std::string log;
  SocketEvents events{*loop, pair.ours.get(), *this};
};

TEST_CASE("nothing happens unasked") {
  Fixture f;
  f.peer.send("x");
  run_for(*f.loop, 20ms);
  CHECK(f.log.empty());
}

TEST_CASE("a readable socket is announced until that is not expected any more") {
  Fixture f;
  f.events.expect_readable(true);
  f.events.expect_readable(true);
  f.peer.send("x");
  run_for(*f.loop, 20ms);
  CHECK(f.log == "rrrr");
}

TEST_CASE("a writable socket is announced once, and what is due never from within") {
  Fixture f;
  f.events.expect_writable();
  f.events.soon();
  f.events.soon();
  CHECK(f.log.empty());
  run_for(*f.loop, 20ms);
  CHECK(std::ranges::count(f.log, 'w') == 1);
  CHECK(std::ranges::count(f.log, 'd') == 1);
}

TEST_CASE("after stop() nothing can be asked for") {
  Fixture f;
  f.events.soon();
  f.events.expect_readable(true);
  f.events.stop();
  f.events.soon();
  f.events.expect_readable(true);
  f.events.expect_writable();
  f.peer.send("x");
  run_for(*f.loop, 20ms);
  CHECK(f.log.empty());
}

}  // namespace
}  // namespace mitm::net
