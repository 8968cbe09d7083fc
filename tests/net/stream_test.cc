#include "lib/net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "lib/net/buffer.h"
#include "tests/net/support/stream_end.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::Ending;
using test::Peer;
using test::run_for;
using test::run_until;
using test::StreamEnd;

constexpr std::size_t kMuch = std::size_t{8} << 20;

/// A stream without TLS and the blocking socket at its other end.
struct Plain {
  Plain() : loop(test::make_loop()), end(*loop) {
    test::TcpPair pair;
    end.open(std::move(pair.ours));
    peer.emplace(std::move(pair.theirs));
  }
  Stream& stream() { return *end.stream; }

  std::unique_ptr<Loop> loop;
  StreamEnd end;
  std::optional<Peer> peer;
};

TEST_CASE("bytes go both ways") {
  Plain t;
  t.end.put("ping");
  REQUIRE(t.end.wait_for('l'));
  CHECK(t.peer->read_exactly(4) == "ping");
  t.peer->send("pong");
  REQUIRE(t.end.wait_for_bytes(4));
  CHECK(t.end.got == "pong");
  CHECK_FALSE(t.stream().ended_clean());
}

TEST_CASE("a stream is read again only when no reason to pause is left") {
  Plain t;
  t.stream().pause(Pause::kPeer);
  t.stream().pause(Pause::kRecorder);
  t.stream().pause(Pause::kPeer);
  t.peer->send("x");
  t.stream().resume(Pause::kPeer);
  run_for(*t.loop, 20ms);
  CHECK_FALSE(t.end.heard('i'));
  t.stream().resume(Pause::kUndecided);
  run_for(*t.loop, 20ms);
  CHECK_FALSE(t.end.heard('i'));
  t.stream().resume(Pause::kRecorder);
  CHECK_FALSE(t.end.heard('i'));  // never from within the call
  REQUIRE(t.end.wait_for_bytes(1));
}

TEST_CASE("input that was left when the stream was paused is announced on resuming") {
  Plain t;
  struct Leaver final : StreamHandler {
    void on_handshake(Stream&) override {}
    void on_input(Stream& from) override {
      ++calls;
      if (calls == 1) return from.pause(Pause::kUndecided);
      got = take_all(from.input());
    }
    void on_output_low(Stream&) override {}
    void on_end(Stream&, bool) override {}
    void on_output_closed(Stream&) override {}
    void on_error(Stream&, StreamError) override {}
    int calls = 0;
    Bytes got;
  } leaver;
  t.stream().set_handler(leaver);
  t.peer->send("kept");
  REQUIRE(run_until(*t.loop, [&] { return leaver.calls == 1; }));
  run_for(*t.loop, 20ms);
  CHECK(leaver.calls == 1);
  t.stream().resume(Pause::kUndecided);
  REQUIRE(run_until(*t.loop, [&] { return leaver.calls == 2; }));
  CHECK(leaver.got == "kept");
}

TEST_CASE("a peer's half-close is a clean end, after which we may still write") {
  Plain t;
  t.peer->send("last words");
  t.peer->shutdown_write();
  REQUIRE(t.end.wait_for('e'));
  CHECK(t.end.got == "last words");
  CHECK(t.stream().ended_clean() == true);
  t.end.put("answer");
  t.stream().finish(true);
  REQUIRE(run_until(*t.loop, [&] { return t.stream().finished(); }));
  CHECK(t.peer->read_to_end() == "answer");
  CHECK(t.peer->ending() == Ending::kClosed);
}

TEST_CASE("our half-close lets the peer go on sending") {
  Plain t;
  t.stream().finish(true);
  CHECK(t.stream().finished());
  CHECK(t.peer->read_to_end().empty());
  t.peer->send("still here");
  REQUIRE(t.end.wait_for_bytes(10));
}

TEST_CASE("finish() waits until all output is written") {
  Plain t;
  t.end.put(std::string(kMuch, 'x'));
  t.stream().finish(true);
  CHECK_FALSE(t.stream().finished());
  std::size_t received = 0;
  std::thread reader([&] { received = t.peer->drain(); });
  REQUIRE(run_until(*t.loop, [&] { return t.stream().finished(); }));
  reader.join();
  CHECK(received == kMuch);
  CHECK(t.peer->ending() == Ending::kClosed);
}

TEST_CASE("output falling to the low mark is announced, and not before") {
  Plain t;
  t.end.put(std::string(kMuch, 'x'));
  run_for(*t.loop, 20ms);
  REQUIRE(evbuffer_get_length(t.stream().output()) > kLowMark);
  CHECK_FALSE(t.end.heard('l'));
  std::thread reader([&] { t.peer->drain(); });
  CHECK(t.end.wait_for('l'));
  CHECK(evbuffer_get_length(t.stream().output()) <= kLowMark);
  t.stream().finish(true);
  run_until(*t.loop, [&] { return t.stream().finished(); });
  reader.join();
}

TEST_CASE("a stream that is destroyed closes, one that was aborted resets") {
  Plain t;
  const bool abort = GENERATE(false, true);
  if (abort) t.stream().abort();
  t.end.stream.reset();
  run_for(*t.loop, 5ms);
  t.peer->drain();
  CHECK(t.peer->ending() == (abort ? Ending::kReset : Ending::kClosed));
}

TEST_CASE("a peer's reset is an error") {
  Plain t;
  t.peer->reset();
  REQUIRE(t.end.wait_for('x'));
  CHECK(t.end.error->error.message == "Connection reset by peer");
  CHECK_FALSE(t.end.error->alert);
}

TEST_CASE("a peer that reads no more still gets to say what it has to say") {
  Plain t;
  t.peer->send("enough");
  t.stream().pause(Pause::kUndecided);
  // Unread bytes of ours make its close a reset, as with a server that answers an upload early.
  t.end.put("upload");
  REQUIRE(t.end.wait_for('l'));
  t.peer->close();
  for (int i = 0; i < 100 && !t.end.heard('o'); ++i) {
    t.end.put("more");
    run_for(*t.loop, 5ms);
  }
  REQUIRE(t.end.heard('o'));
  CHECK(evbuffer_get_length(t.stream().output()) == 0);
  CHECK_FALSE(t.end.heard('x'));
  t.stream().resume(Pause::kUndecided);
  CHECK(t.end.wait_for_bytes(6));
  CHECK(t.end.got == "enough");
}

TEST_CASE("an error is the last thing that is heard") {
  Plain t;
  t.end.put(std::string(kMuch, 'x'));
  run_for(*t.loop, 20ms);
  // Watched anew, so that the reset is met in reading first.
  t.stream().pause(Pause::kRecorder);
  t.peer->send("x");
  run_for(*t.loop, 20ms);
  t.stream().resume(Pause::kRecorder);
  run_for(*t.loop, 20ms);
  t.peer->reset();
  REQUIRE(t.end.wait_for('x'));
  t.stream().pause(Pause::kRecorder);
  t.stream().resume(Pause::kRecorder);
  t.end.put("more");
  run_for(*t.loop, 20ms);
  CHECK(t.end.log.back() == 'x');
  CHECK(std::ranges::count(t.end.log, 'x') == 1);
}

TEST_CASE("a half-close that waited for output is done when that cannot be written any more") {
  Plain t;
  t.end.put(std::string(kMuch, 'x'));
  t.stream().finish(true);
  run_for(*t.loop, 20ms);
  REQUIRE_FALSE(t.stream().finished());
  t.peer->reset();
  REQUIRE(run_until(*t.loop, [&] { return t.end.heard('o') || t.end.heard('x'); }));
  if (t.end.heard('o')) CHECK(t.stream().finished());
}

TEST_CASE("detach() hands over the socket and the bytes that nobody took") {
  Plain t;
  t.stream().pause(Pause::kUndecided);
  StreamEnd later(*t.loop);
  struct Lazy final : StreamHandler {
    void on_handshake(Stream&) override {}
    void on_input(Stream& from) override { from.pause(Pause::kUndecided); }
    void on_output_low(Stream&) override {}
    void on_end(Stream&, bool) override {}
    void on_output_closed(Stream&) override {}
    void on_error(Stream&, StreamError) override {}
  } lazy;
  t.stream().set_handler(lazy);
  t.stream().resume(Pause::kUndecided);
  t.peer->send("first");
  REQUIRE(run_until(*t.loop, [&] { return evbuffer_get_length(t.stream().input()) == 5; }));
  auto [fd, ssl, unread] = t.stream().detach();
  CHECK(unread == "first");
  CHECK(ssl == nullptr);
  t.end.stream.reset();  // does not close what it gave away
  later.open(std::move(fd));
  t.peer->send("second");
  REQUIRE(later.wait_for_bytes(6));
  CHECK(later.got == "second");
}

TEST_CASE("a silent stream calls nobody") {
  Plain t;
  t.peer->send("x");
  t.stream().silence();
  append(t.stream().input(), "left");
  t.end.put("x");
  t.peer->shutdown_write();
  run_for(*t.loop, 30ms);
  CHECK(t.end.log.empty());
}

TEST_CASE("a stream may be retired inside each of its callbacks") {
  Plain t;
  t.end.inside = [&] {
    t.stream().silence();
    t.loop->retire(std::move(t.end.stream));
  };
  const int what = GENERATE(0, 1, 2);
  if (what == 0) t.peer->send("x");
  if (what == 1) t.peer->shutdown_write();
  if (what == 2) t.peer->reset();
  REQUIRE(run_until(*t.loop, [&] { return !t.end.stream; }));
  const auto heard = t.end.log;
  run_for(*t.loop, 10ms);
  CHECK(t.end.log == heard);
}

}  // namespace
}  // namespace mitm::net
