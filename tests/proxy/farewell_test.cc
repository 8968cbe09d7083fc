#include "lib/proxy/farewell.h"

#include <catch2/catch.hpp>
#include <thread>

#include "lib/net/buffer.h"
#include "tests/net/support/stream_end.h"

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::Ending;
using test::Peer;
using test::run_for;
using test::run_until;

constexpr std::size_t kMuch = std::size_t{8} << 20;

/// A stream that is seen off, and the peer at its other end.
struct Parting {
  Parting(std::chrono::milliseconds write_timeout, std::chrono::milliseconds linger_timeout)
      : settings{
            .recording = {}, .write_timeout = write_timeout, .linger_timeout = linger_timeout} {
    test::TcpPair pair;
    end.open(std::move(pair.ours));
    peer.emplace(std::move(pair.theirs));
  }

  /// What is said in the end; nothing while it is not over.
  std::optional<bool> wait(std::chrono::milliseconds patience = 60s) {
    run_until(
        *loop,
        [this] {
          farewell.check();
          return all_taken.has_value();
        },
        patience);
    return all_taken;
  }

  std::unique_ptr<net::Loop> loop = test::make_loop();
  test::StreamEnd end{*loop};
  std::optional<Peer> peer;
  Settings settings;
  std::optional<bool> all_taken;
  Farewell farewell{*loop, settings, [this](bool taken) { all_taken = taken; }};
};

TEST_CASE("it is over when the peer has taken everything and ended as well") {
  Parting t(20s, 20s);
  t.end.put("last words");
  t.farewell.start(*t.end.stream, Farewell::Ending::kClean);
  CHECK_FALSE(t.wait(50ms));
  CHECK(t.peer->read_to_end() == "last words");
  t.peer->close();
  CHECK(t.wait() == true);
}

TEST_CASE("a peer that has ended before is done with at once, but not from within start()") {
  Parting t(20s, 20s);
  t.peer->close();
  REQUIRE(t.end.wait_for('e'));
  t.farewell.start(*t.end.stream, Farewell::Ending::kCut);
  CHECK_FALSE(t.all_taken);
  CHECK(run_until(*t.loop, [&] { return t.all_taken == true; }));
}

TEST_CASE("a peer that reads nothing is given up") {
  Parting t(100ms, 20s);
  t.end.put(std::string(kMuch, 'x'));
  t.farewell.start(*t.end.stream, Farewell::Ending::kClean);
  CHECK(t.wait() == false);
}

TEST_CASE("a peer that reads slowly is not given up") {
  Parting t(2s, 20s);
  t.end.put(std::string(kMuch, 'x'));
  t.farewell.start(*t.end.stream, Farewell::Ending::kClean);
  std::thread slow([&] {
    for (int i = 0; i < 8; ++i) {
      std::this_thread::sleep_for(400ms);
      t.peer->read_exactly(kMuch / 8);
    }
    t.peer->close();
  });
  CHECK(t.wait() == true);
  slow.join();
}

TEST_CASE("a peer that does not end is given up") {
  Parting t(20s, 100ms);
  t.end.put("last words");
  t.farewell.start(*t.end.stream, Farewell::Ending::kClean);
  CHECK(t.wait() == false);
  CHECK(t.peer->read_to_end() == "last words");
}

TEST_CASE("before a reset the peer's kernel gets everything") {
  Parting t(20s, 20s);
  t.end.put(std::string(kMuch, 'x'));
  t.farewell.start(*t.end.stream, Farewell::Ending::kReset);
  std::size_t got = 0;
  std::thread reader([&] { got = t.peer->drain(); });
  CHECK(t.wait() == true);
  t.end.stream->abort();
  t.loop->retire(std::move(t.end.stream));
  run_for(*t.loop, 50ms);
  reader.join();
  CHECK(got == kMuch);
  CHECK(t.peer->ending() == Ending::kReset);
}

}  // namespace
}  // namespace mitm::proxy
