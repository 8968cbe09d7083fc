#include "lib/replay/exchange.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/replay/support/sending.h"

namespace mitm::replay {
namespace {

using Answered = std::expected<Answer, NoAnswer>;

/// One exchange with a server whose part is `serve`.
Answered exchange(const Outgoing& request, const Spool& body,
                  const std::function<void(test::Peer&)>& serve) {
  auto loop = test::make_loop();
  test::TcpPair pair;
  test::Peer peer(std::move(pair.theirs));
  struct Nobody final : net::StreamHandler {
    void on_handshake(net::Stream&) override {}
    void on_input(net::Stream&) override {}
    void on_output_low(net::Stream&) override {}
    void on_end(net::Stream&, bool) override {}
    void on_output_closed(net::Stream&) override {}
    void on_error(net::Stream&, net::StreamError) override {}
  } nobody;
  auto stream = net::make_stream(*loop, std::move(pair.ours), nobody);
  std::optional<Answered> result;
  Exchange exchange(*loop, *stream, request, body,
                    [&](auto outcome) { result = std::move(outcome); });
  std::atomic<bool> served = false;
  {
    const test::Play server([&] {
      serve(peer);
      served = true;
    });
    CHECK(test::run_until(*loop, [&] { return result.has_value(); }));
    stream->silence();
    stream.reset();
    // The socket is closed by the loop, once no callback of the stream waits in it.
    CHECK(test::run_until(*loop, [&] { return served.load(); }));
  }
  REQUIRE(result);
  return *result;
}

Answered answer_to(const Outgoing& request, const std::string& bytes, bool close = true) {
  return exchange(request, Spool(), [&](test::Peer& peer) {
    peer.read_head();
    peer.send(bytes);
    if (close) peer.shutdown_write();
    peer.drain();
  });
}

Outgoing request(const std::string& method = "GET") {
  auto outgoing = test::get_request(1);
  outgoing.method = method;
  outgoing.head = method + " / HTTP/1.1\r\nHost: a\r\n\r\n";
  return outgoing;
}

Spool spool(const std::string& bytes) {
  Spool result;
  REQUIRE(result.append(bytes));
  return result;
}

TEST_CASE("the head is sent as it is and the status comes back") {
  std::string received;
  const auto answer = exchange(request(), Spool(), [&](test::Peer& peer) {
    received = peer.read_head();
    peer.send(test::kOk);
    peer.drain();
  });
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->reusable);
  CHECK(answer->latency > Duration::zero());
  CHECK(received == "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_CASE("interim answers are passed over") {
  const auto answer =
      answer_to(request(),
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                false);
  CHECK(answer.value().status == 404);
}

TEST_CASE("the end of an answer is found whatever its framing") {
  CHECK(answer_to(request(), "HTTP/1.1 204 No Content\r\n\r\n", false).value().reusable);
  CHECK(answer_to(request(), "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", false)
            .value()
            .reusable);
  CHECK(answer_to(request("HEAD"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false)
            .value()
            .reusable);
  CHECK(
      answer_to(request(),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n",
                false)
          .value()
          .reusable);
  const auto until_close = answer_to(request(), "HTTP/1.1 200 OK\r\n\r\nhi");
  CHECK(until_close.value().status == 200);
  CHECK_FALSE(until_close.value().reusable);
}

TEST_CASE("a connection is not used again when either side or its content speaks against it") {
  CHECK_FALSE(answer_to(request(),
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false)
                  .value()
                  .reusable);
  CHECK_FALSE(
      answer_to(request(), "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false).value().reusable);
  CHECK_FALSE(
      answer_to(request(), std::string(test::kOk) + "HTTP/1.1 200 OK\r\n", false).value().reusable);
  auto last = request();
  last.keep_alive = false;
  CHECK_FALSE(answer_to(last, test::kOk, false).value().reusable);
}

TEST_CASE("a switch of protocols is an answer") {
  auto upgrade = request();
  upgrade.upgrade_asked = true;
  const auto answer = answer_to(
      upgrade, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
      false);
  CHECK(answer.value().status == 101);
  CHECK_FALSE(answer.value().reusable);
}

TEST_CASE("no answer, half an answer and no HTTP are told apart") {
  const auto none = answer_to(request(), "");
  REQUIRE_FALSE(none);
  CHECK(none.error().untouched);
  CHECK(none.error().error.message == "the server closed the connection without an answer");
  const auto cut = answer_to(request(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi");
  REQUIRE_FALSE(cut);
  CHECK_FALSE(cut.error().untouched);
  CHECK(cut.error().error.message == "the answer was cut off");
  const auto alien = answer_to(request(), "SSH-2.0-OpenSSH_9.2\r\n");
  REQUIRE_FALSE(alien);
  CHECK(alien.error().error.message.starts_with("the answer is not HTTP/1: "));
}

TEST_CASE("a reset is told in words") {
  const auto answer = exchange(request(), Spool(), [](test::Peer& peer) {
    peer.read_head();
    peer.reset();
  });
  REQUIRE_FALSE(answer);
  CHECK(answer.error().untouched);
}

TEST_CASE("a body larger than all buffers arrives as it was") {
  std::string body(32 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761U >> 24U);
  auto post = request("POST");
  std::string received;
  const auto answer = exchange(post, spool(body), [&](test::Peer& peer) {
    peer.read_head();
    received = peer.read_exactly(body.size());
    peer.send(test::kOk);
    peer.drain();
  });
  CHECK(answer.value().status == 200);
  CHECK(received == body);
}

TEST_CASE("a chunked body is chunked again, with its trailers") {
  auto post = request("POST");
  post.chunked = true;
  post.trailers = "X: y\r\n";
  const auto received_for = [&](const std::string& body) {
    std::string received;
    const auto answer = exchange(post, spool(body), [&](test::Peer& peer) {
      peer.read_head();
      received = peer.read_until("X: y\r\n\r\n");
      peer.send(test::kOk);
      peer.drain();
    });
    CHECK(answer.value().reusable);
    return received;
  };
  CHECK(received_for("hello world") == "b\r\nhello world\r\n0\r\nX: y\r\n\r\n");
  CHECK(received_for("") == "0\r\nX: y\r\n\r\n");
}

TEST_CASE("an answer that comes before the body was sent counts, but ends the connection") {
  const auto answer =
      exchange(request("POST"), spool(std::string(10 << 20, 'x')), [](test::Peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        peer.read_to_end();
      });
  CHECK(answer.value().status == 413);
  CHECK_FALSE(answer.value().reusable);
}

}  // namespace
}  // namespace mitm::replay
