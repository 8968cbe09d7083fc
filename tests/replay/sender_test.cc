#include "lib/replay/sender.h"

#include <catch2/catch.hpp>

#include "tests/replay/support/sending.h"

namespace mitm::replay {
namespace {

using namespace std::chrono_literals;

struct Sending {
  explicit Sending(std::chrono::milliseconds timeout = 30s)
      : loop(test::make_loop()),
        resolver(1),
        leg(test::trusting_leg()),
        sender(*loop, resolver, leg, timeout) {}

  Outcome send(const Outgoing& request) {
    std::optional<Outcome> outcome;
    const Spool body;
    sender.send(request, body, [&](const Outcome& result) { outcome = result; });
    REQUIRE_FALSE(outcome);
    REQUIRE(test::run_until(*loop, [&] { return outcome.has_value(); }));
    return *outcome;
  }

  std::unique_ptr<net::Loop> loop;
  net::Resolver resolver;
  tls::ServerLeg leg;
  Sender sender;
};

/// Answers `count` requests of a connection with 200.
void answer(test::Peer& peer, int count) {
  for (int i = 0; i < count; ++i) {
    peer.read_head();
    peer.send(test::kOk);
  }
}

TEST_CASE("requests to one server share a connection") {
  test::Origin origin;
  Sending t;
  const test::Play server([&] {
    auto peer = origin.accept();
    answer(peer, 3);
  });
  for (int i = 0; i < 3; ++i) {
    const auto outcome = t.send(test::get_request(origin.port()));
    CHECK(outcome.answer.value().status == 200);
    CHECK(outcome.sent);
  }
  CHECK(origin.is_untouched());
}

TEST_CASE("another server, and a request that may be misread, get connections of their own") {
  test::Origin one, two;
  Sending t;
  const test::Play server([&] {
    auto first = one.accept();
    answer(first, 1);
    auto second = two.accept();
    answer(second, 1);
    auto third = two.accept();
    answer(third, 1);
    auto fourth = two.accept();
    answer(fourth, 1);
  });
  CHECK(t.send(test::get_request(one.port())).answer);
  CHECK(t.send(test::get_request(two.port())).answer);
  auto ambiguous = test::get_request(two.port());
  ambiguous.ambiguous = true;
  ambiguous.keep_alive = false;
  CHECK(t.send(ambiguous).answer);
  CHECK(t.send(test::get_request(two.port())).answer);
}

TEST_CASE("a kept connection that the server closes is replaced") {
  test::Origin origin;
  Sending t;
  const test::Play server([&] {
    auto first = origin.accept();
    answer(first, 1);
    first.read_head();
    first.close();
    auto second = origin.accept();
    answer(second, 1);
  });
  CHECK(t.send(test::get_request(origin.port())).answer);
  CHECK(t.send(test::get_request(origin.port())).answer);
}

TEST_CASE("it is replaced once, and a new connection not at all") {
  test::Origin origin;
  Sending t;
  const test::Play server([&] {
    auto first = origin.accept();
    answer(first, 1);
    first.read_head();
    first.close();
    auto second = origin.accept();
    second.read_head();
  });
  CHECK(t.send(test::get_request(origin.port())).answer);
  const auto outcome = t.send(test::get_request(origin.port()));
  REQUIRE_FALSE(outcome.answer);
  CHECK(outcome.sent);
  CHECK(outcome.answer.error().message == "the server closed the connection without an answer");
  CHECK(origin.is_untouched());
}

TEST_CASE("a request that was answered in part is not sent again") {
  test::Origin origin;
  Sending t;
  const test::Play server([&] {
    auto first = origin.accept();
    answer(first, 1);
    first.read_head();
    first.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi");
  });
  CHECK(t.send(test::get_request(origin.port())).answer);
  CHECK(t.send(test::get_request(origin.port())).answer.error().message ==
        "the answer was cut off");
  CHECK(origin.is_untouched());
}

TEST_CASE("an answer that does not come ends with the timeout, and the next request is sent anew") {
  test::Origin origin;
  Sending t(2s);
  const test::Play server([&] {
    auto first = origin.accept();
    first.read_head();
    auto second = origin.accept();
    answer(second, 1);
  });
  const auto outcome = t.send(test::get_request(origin.port()));
  REQUIRE_FALSE(outcome.answer);
  CHECK(outcome.sent);
  CHECK(outcome.answer.error().message == "no complete answer within 2 s");
  CHECK(t.send(test::get_request(origin.port())).answer);
}

TEST_CASE("what never got a connection was not sent") {
  Sending t;
  const auto outcome = t.send(test::get_request(test::refusing_port()));
  CHECK_FALSE(outcome.sent);
  CHECK(outcome.answer.error().message.find("Connection refused") != std::string::npos);
}

TEST_CASE("a TLS connection is kept as well") {
  test::Origin origin;
  Sending t;
  const auto leaf = test::to_leaf(
      test::make_signed({.common_name = "localhost", .names = {"localhost"}}, test::shared_ca()));
  const test::Play server([&] {
    auto peer = origin.accept();
    if (peer.accept_tls(tls::ClientLeg::create({}).value(), leaf, "http/1.1")) answer(peer, 2);
  });
  CHECK(t.send(test::get_request(origin.port(), true, "localhost")).answer);
  CHECK(t.send(test::get_request(origin.port(), true, "localhost")).answer);
  CHECK(origin.is_untouched());
}

}  // namespace
}  // namespace mitm::replay
