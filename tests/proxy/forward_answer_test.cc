#include "lib/proxy/forward_answer.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

using State = ForwardState;
using Then = AnswerStep::Then;

/// What the last event of an answer leads to, and what the client got up to then.
struct Judged {
  Then then = Then::kGoOn;
  Bytes to_client;
  flow::FlowError error;
  std::string hint;
  bool switched = false;
};

Judged judge(const std::string& answer, ForwardExchange& exchange, State state = State::kExchanging,
             bool ended = false) {
  wire::Http1Decoder decoder(wire::Role::kResponse);
  if (state != State::kIdle) decoder.expect({"GET", exchange.upgrade_asked});
  decoder.feed(answer);
  if (ended) decoder.feed_eof(true);
  Judged judged;
  while (true) {
    const wire::Event event = decoder.next();
    if (std::holds_alternative<wire::NeedData>(event) ||
        std::holds_alternative<wire::Paused>(event))
      return judged;
    const AnswerStep step = judge_answer(event, state, exchange);
    judged.to_client += step.to_client;
    judged.then = step.then;
    judged.error = step.error;
    judged.hint = step.hint;
    judged.switched = step.switched;
    if (step.then != Then::kGoOn) return judged;
  }
}

TEST_CASE("a whole answer is handed on as it came, and is done") {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\na: b\r\n\r\n";
  ForwardExchange exchange{.keep_alive = true};
  const auto judged = judge(answer, exchange);
  CHECK(judged.then == Then::kDone);
  CHECK(judged.to_client == answer);
  CHECK(exchange.response_done);
  CHECK(exchange.keep_alive);
}

TEST_CASE("an interim answer is none yet") {
  ForwardExchange exchange;
  const auto judged = judge("HTTP/1.1 100 Continue\r\n\r\n", exchange);
  CHECK(judged.then == Then::kGoOn);
  CHECK(judged.to_client == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK_FALSE(exchange.response_started);
}

TEST_CASE("half an answer ends as what it is, so that nobody takes it for a whole one") {
  ForwardExchange exchange;
  CHECK(
      judge("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", exchange, State::kExchanging, true)
          .then == Then::kLeave);
  CHECK_FALSE(exchange.response_done);
  ForwardExchange until_close{.keep_alive = true};
  CHECK(judge("HTTP/1.1 200 OK\r\n\r\nall", until_close, State::kExchanging, true).then ==
        Then::kDone);
  CHECK_FALSE(until_close.keep_alive);
}

TEST_CASE("what is no answer is refused before one has begun, and cut after") {
  ForwardExchange exchange;
  const auto none = judge("220 mail\r\n\r\n", exchange);
  CHECK(none.then == Then::kRefuse);
  CHECK(none.error.message.starts_with("the server's answer is not HTTP/1: "));
  exchange.response_started = true;
  CHECK(judge("220 mail\r\n\r\n", exchange).then == Then::kAbort);
}

TEST_CASE("what a server says unasked costs it its connection, or the exchange") {
  ForwardExchange exchange;
  CHECK(judge("HTTP/1.1 200 OK\r\n\r\n", exchange, State::kIdle).then == Then::kLeaveServer);
}

TEST_CASE("an upgrade is switched to by a 101 only") {
  ForwardExchange exchange{.upgrade_asked = true};
  const auto switched = judge(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", exchange);
  CHECK(switched.then == Then::kAnswerUpgrade);
  CHECK(switched.switched);
  ForwardExchange other{.upgrade_asked = true};
  const auto refused = judge("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", other);
  CHECK(refused.then == Then::kAnswerUpgrade);
  CHECK_FALSE(refused.switched);
}

TEST_CASE("a login that an upstream proxy wants is ours to give, not the client's") {
  const std::string answer =
      "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  ForwardExchange direct;
  CHECK(judge(answer, direct).to_client == answer);
  ForwardExchange exchange;
  exchange.plan.via = std::make_shared<const Upstream>(parse_upstream("http://p.test").value());
  const auto judged = judge(answer, exchange);
  CHECK(judged.then == Then::kRefuse);
  CHECK(judged.error.kind == "upstream");
  CHECK(judged.hint.contains("--upstream"));
  CHECK(judged.to_client.empty());
}

}  // namespace
}  // namespace mitm::proxy
