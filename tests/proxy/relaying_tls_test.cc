#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

// The relay with TLS on both sides.

namespace mitm::proxy {
namespace {

using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t kMuch = std::size_t{16} << 20;

struct Secure {
  Secure() : client(proxy.tunnel(origin.authority())), server(Fd{}) {
    REQUIRE(proxy.handshakes(client, origin, server));
  }
  Origin origin;
  ProxyFixture proxy;
  Peer client;
  Peer server;
};

TEST_CASE("close_notify is handed on in both directions, each in its own time") {
  Secure t;
  t.client.send("?question");
  t.client.shutdown_write();
  CHECK(t.server.read_to_end() == "?question");
  CHECK(t.server.ending() == Ending::kClosed);
  t.server.send("answer");
  t.server.shutdown_write();
  CHECK(t.client.read_to_end() == "answer");
  CHECK(t.client.ending() == Ending::kClosed);
  CHECK(t.proxy.only_flow().back() == "end tcp complete 9/6");
}

TEST_CASE("a truncated answer reaches the client as truncated, and its flow is incomplete") {
  Secure t;
  t.client.send(kGet);
  t.server.read_head();
  t.server.send("HTTP/1.1 200 OK\r\n\r\ncut sh");
  t.server.shutdown_tcp_write();
  CHECK(t.client.read_to_end().ends_with("cut sh"));
  CHECK(t.client.ending() == Ending::kTruncatedTls);
  t.client.close();
  t.server.close();
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete"));
}

TEST_CASE("who ends TLS without a word is the cause of what the other side says to that") {
  {
    Secure t;
    t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
    CHECK(t.server.read_until("half").ends_with("half"));
    t.client.shutdown_tcp_write();
    t.server.drain();  // OpenSSL sends an alert
    CHECK(t.server.ending() == Ending::kTruncatedTls);
    t.client.drain();
    CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error client-reset"));
  }
  Secure t;
  t.client.send(kGet);
  t.server.read_head();
  t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(t.client.read_until("half").ends_with("half"));
  t.server.shutdown_tcp_write();
  t.client.drain();
  CHECK(t.client.ending() == Ending::kTruncatedTls);
  t.server.drain();
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error incomplete"));
}

TEST_CASE("a client that does so is the cause, too, when its server only closes") {
  Secure t;
  t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(t.server.read_until("half").ends_with("half"));
  t.client.shutdown_tcp_write();
  CHECK_FALSE(t.server.is_quiet(30000));
  t.server.close();
  t.client.drain();
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error client-reset"));
}

TEST_CASE("TLS that ends without a word between two exchanges harms none") {
  Secure t;
  t.client.send(kGet);
  t.server.read_head();
  t.server.send("HTTP/1.1 204 No Content\r\n\r\n");
  t.client.read_head();
  t.client.shutdown_tcp_write();
  t.server.drain();
  t.client.drain();
  CHECK(t.proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("a large answer is delivered although the client has said its last word") {
  Secure t;
  t.client.send(kGet);
  t.client.shutdown_write();
  std::thread server([&] {
    t.server.read_to_end();
    t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n");
    t.server.send(std::string(kMuch, 'x'));
    t.server.shutdown_write();
  });
  CHECK(t.client.read_head().starts_with("HTTP/1.1 200"));
  CHECK(t.client.drain() == kMuch);
  CHECK(t.client.ending() == Ending::kClosed);
  server.join();
  t.server.close();
  CHECK(t.proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("a server's reset under TLS reaches the client as a reset") {
  Secure t;
  t.client.send(kGet);
  t.server.read_head();
  t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(t.client.read_until("half").ends_with("half"));
  t.server.reset();
  t.client.drain();
  CHECK(t.client.ending() == Ending::kReset);
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error"));
}

TEST_CASE("one byte at a time works under TLS") {
  Secure t;
  t.client.send_bytewise(kGet);
  CHECK(t.server.read_head() == kGet);
  t.server.send_bytewise("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(t.client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  t.client.close();
  t.server.close();
  CHECK(t.proxy.only_flow().back() == "end http complete 27/27");
}

}  // namespace
}  // namespace mitm::proxy
