#include "lib/net/bridge.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/net/support/stream_end.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;

/// peer <-TCP-> the bridge's stream = the bridge <-socket pair-> end
struct Bridged {
  Bridged() : loop(test::make_loop()), outer(*loop) {
    test::TcpPair pair;
    outer.open(std::move(pair.ours));
    peer.emplace(std::move(pair.theirs));
    auto made = Bridge::create(*loop, std::move(outer.stream)).value();
    end.emplace(std::move(made.end));
    bridge = std::move(made.bridge);
  }

  std::unique_ptr<Loop> loop;
  test::StreamEnd outer;
  std::optional<test::Peer> peer, end;
  std::shared_ptr<const void> bridge;
};

TEST_CASE("what goes in at one end comes out at the other, and so does its end") {
  Bridged t;
  CHECK(t.end->send("ping"));
  CHECK(t.peer->send("pong"));
  test::run_for(*t.loop, 50ms);
  CHECK(t.peer->read_exactly(4) == "ping");
  CHECK(t.end->read_exactly(4) == "pong");
  t.end->close();
  test::run_for(*t.loop, 50ms);
  CHECK(t.peer->read_to_end().empty());
  CHECK(t.peer->ending() == test::Ending::kClosed);
}

TEST_CASE("much passes a bridge whose reader is slow, and nothing is lost") {
  Bridged t;
  const std::string much(std::size_t{8} << 20, 'x');
  std::thread sender([&] {
    t.peer->send(much);
    t.peer->shutdown_write();
  });
  std::size_t got = 0;
  std::thread reader([&] {
    std::this_thread::sleep_for(50ms);
    got = t.end->drain();
    t.loop->stop();
  });
  t.loop->run();
  sender.join();
  reader.join();
  CHECK(got == much.size());
}

TEST_CASE("a reset on one side ends the other, and a bridge that is let go closes both") {
  Bridged t;
  t.peer->reset();
  test::run_for(*t.loop, 50ms);
  CHECK(t.end->read_to_end().empty());
  Bridged other;
  other.bridge.reset();
  test::run_for(*other.loop, 50ms);
  CHECK(other.peer->read_to_end().empty());
  CHECK(other.end->read_to_end().empty());
}

}  // namespace
}  // namespace mitm::net
