#include "lib/proxy/forward_request.h"

#include <catch2/catch.hpp>

#include "lib/proxy/proxy_login.h"

namespace mitm::proxy {
namespace {

using State = ForwardState;
using Then = RequestStep::Then;

/// Requests of one client, judged as they come until one leads to something.
struct Client {
  explicit Client(Settings with = {}) : settings(std::move(with)), role(settings, std::nullopt) {}

  RequestStep say(std::string bytes, State state, bool ended = false) {
    said = std::move(bytes);
    decoder.feed(said);
    if (ended) decoder.feed_eof(true);
    return go_on(state);
  }

  RequestStep go_on(State state) {
    to_server.clear();
    while (true) {
      const wire::Event event = decoder.next();
      if (std::holds_alternative<wire::NeedData>(event)) return {};
      RequestStep step = judge_request(event, state, role, exchange, objection);
      to_server += step.rewritten.empty() ? step.passed : step.rewritten;
      step.passed = {};  // it points into what is gone soon
      if (step.then != Then::kGoOn) return step;
    }
  }

  Settings settings;
  ForwardRole role;
  wire::Http1Decoder decoder{wire::Role::kRequest};
  ForwardExchange exchange;
  std::optional<std::string> objection;
  std::string said;
  Bytes to_server;
};

const std::string kPost =
    "POST http://a.test/x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_CASE("a head makes a plan, and the body follows as it came") {
  Client client;
  REQUIRE(client.say(kPost + "2\r\nhi\r\n0\r\n\r\n", State::kIdle).then == Then::kBegin);
  CHECK(client.exchange.plan.target == flow::Target{"a.test", 80});
  CHECK_FALSE(client.exchange.bodyless);
  CHECK(client.go_on(State::kExchanging).then == Then::kDone);
  CHECK(client.to_server == "2\r\nhi\r\n0\r\n\r\n");
  CHECK(client.exchange.request_done);
}

TEST_CASE("a login in trailers goes no further") {
  Client client;
  client.say(kPost + "0\r\nProxy-Authorization: Basic abc\r\n\r\n", State::kIdle);
  client.go_on(State::kExchanging);
  CHECK(client.to_server == "0\r\nProxy-Authorization: ***** ***\r\n\r\n");
}

TEST_CASE("what is ambiguous is refused once its head is known") {
  Client client;
  const auto step = client.say(
      "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", State::kIdle);
  CHECK(step.then == Then::kRefuse);
  CHECK(step.status == 400);
  CHECK(step.error.message.starts_with("the request is ambiguous: "));
  CHECK_FALSE(client.objection);
}

TEST_CASE("what cannot be read is refused, late with a reset of the server or of both") {
  CHECK(Client().say("nonsense\r\n\r\n", State::kIdle).status == 400);
  CHECK(Client().say("nonsense\r\n\r\n", State::kIdle).then == Then::kRefuse);

  Client late;
  late.say(kPost, State::kIdle);
  CHECK(late.say("zz\r\n", State::kExchanging).then == Then::kRefuseAndReset);
  Client answered;
  answered.say(kPost, State::kIdle);
  answered.exchange.response_started = true;
  CHECK(answered.say("zz\r\n", State::kExchanging).then == Then::kAbort);
}

TEST_CASE("a client that leaves within its request is not heard to its end") {
  Client client;
  client.say(kPost, State::kIdle);
  const auto step = client.say("5\r\nhi", State::kExchanging, true);
  CHECK(step.then == Then::kAbort);
  CHECK(step.error.kind == "client-reset");
  CHECK_FALSE(client.exchange.request_done);
}

TEST_CASE("who has to log in is asked to before anything else is looked at") {
  Settings settings;
  settings.credentials.add("me", "secret");
  Client client(std::move(settings));
  const auto step =
      client.say("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: b\r\n\r\n", State::kIdle);
  CHECK(step.then == Then::kRefuse);
  CHECK(step.status == 407);
  CHECK(step.error.kind == kProxyAuth);
}

}  // namespace
}  // namespace mitm::proxy
