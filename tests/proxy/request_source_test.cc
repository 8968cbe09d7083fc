#include "lib/proxy/request_source.h"

#include <catch2/catch.hpp>

#include "lib/net/buffer.h"
#include "tests/net/support/stream_end.h"

namespace mitm::proxy {
namespace {

/// Somebody who does not take input, so that it stays in the stream.
class Idle final : public net::StreamHandler {
 public:
  void on_handshake(net::Stream&) override {}
  void on_input(net::Stream&) override {}
  void on_output_low(net::Stream&) override {}
  void on_end(net::Stream&, bool) override {}
  void on_output_closed(net::Stream&) override {}
  void on_error(net::Stream&, net::StreamError) override {}
};

struct Requests {
  Requests() {
    test::TcpPair pair;
    stream = net::make_stream(*loop, std::move(pair.ours), idle);
    peer.emplace(std::move(pair.theirs));
    source.emplace(*stream, wire::Http1Limits{});
  }

  void receive(const std::string& bytes) {
    peer->send(bytes);
    const auto before = evbuffer_get_length(stream->input());
    REQUIRE(test::run_until(
        *loop, [&] { return evbuffer_get_length(stream->input()) == before + bytes.size(); }));
  }
  template <class Event>
  [[nodiscard]] bool next_is() {
    return std::holds_alternative<Event>(source->next());
  }

  std::unique_ptr<net::Loop> loop = test::make_loop();
  Idle idle;
  std::unique_ptr<net::Stream> stream;
  std::optional<test::Peer> peer;
  std::optional<RequestSource> source;
};

const std::string kGet = "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kUpgrade =
    "GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";

TEST_CASE("what was not asked for stays in the stream") {
  Requests t;
  t.receive(kGet + kGet);
  CHECK(t.source->take());
  CHECK(t.next_is<wire::RequestHead>());
  CHECK(t.source->holds_input());
  t.receive(kGet);
  CHECK_FALSE(t.source->take());
  CHECK(evbuffer_get_length(t.stream->input()) == kGet.size());
}

TEST_CASE("requests that came in several pieces follow each other without a gap") {
  Requests t;
  t.receive(kGet + "GET ht");
  CHECK(t.next_is<wire::RequestHead>());
  CHECK(t.next_is<wire::MessageEnd>());
  CHECK(t.next_is<wire::NeedData>());
  CHECK(t.source->in_head());
  t.receive("tp://b/ HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(t.next_is<wire::RequestHead>());
  CHECK(t.next_is<wire::MessageEnd>());
  CHECK(t.next_is<wire::NeedData>());
  CHECK_FALSE(t.source->in_head());
  CHECK_FALSE(t.source->ended());
}

TEST_CASE("the client's end is the end of the requests") {
  Requests t;
  t.receive(kGet);
  t.peer->close();
  REQUIRE(test::run_until(*t.loop, [&] { return t.stream->ended_clean().has_value(); }));
  CHECK(t.next_is<wire::RequestHead>());
  CHECK(t.next_is<wire::MessageEnd>());
  CHECK(t.next_is<wire::NeedData>());
  CHECK(t.source->ended());
}

TEST_CASE("after a request with Upgrade the answer decides what follows") {
  Requests t;
  t.receive(kUpgrade + "xyz");
  CHECK(t.next_is<wire::RequestHead>());
  CHECK(t.next_is<wire::MessageEnd>());
  CHECK(t.next_is<wire::Paused>());
  t.source->answer_upgrade(true);
  CHECK(t.next_is<wire::Unparsed>());
}

TEST_CASE("an answer that came before the request's end counts, one to an earlier request not") {
  Requests t;
  t.receive(kUpgrade);
  CHECK(t.next_is<wire::RequestHead>());
  t.source->answer_upgrade(false);
  t.source->forget_answer();
  CHECK(t.next_is<wire::MessageEnd>());
  CHECK(t.next_is<wire::Paused>());
  t.source->answer_upgrade(false);
  t.receive(kGet);
  CHECK(t.next_is<wire::RequestHead>());
}

}  // namespace
}  // namespace mitm::proxy
