#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"

// Connections on which nothing moves any more, through a whole proxy.

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

/// Long enough for what a test does before nothing moves any more, on a busy machine too.
constexpr auto kLimit = 2s;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test::ProxyOptions options(std::chrono::milliseconds first_byte, std::chrono::milliseconds idle) {
  test::ProxyOptions all;
  all.settings.stillness = {.first_byte = first_byte, .idle = idle};
  return all;
}

/// A tunnel through a proxy with these limits, with both ends in hand.
struct Tunnel {
  Tunnel(std::chrono::milliseconds first_byte, std::chrono::milliseconds idle)
      : proxy(options(first_byte, idle)),
        client(proxy.tunnel(origin.authority())),
        server(origin.accept()) {}

  Origin origin;
  ProxyFixture proxy;
  Peer client;
  Peer server;
};

TEST_CASE("a tunnel between requests is closed properly, and its flow is whole") {
  Tunnel t(0ms, kLimit);
  auto& [origin, proxy, client, server] = t;
  client.send(kGet);
  CHECK(server.read_head() == kGet);
  server.send(kOk);
  CHECK(client.read_to_end() == kOk);
  CHECK(client.ending() == Ending::kClosed);
  CHECK(server.read_to_end().empty());
  CHECK(proxy.only_flow().back() == "end http complete 27/40");
}

TEST_CASE("a tunnel in which something moves now and then stays") {
  Tunnel t(0ms, 3s);
  auto& [origin, proxy, client, server] = t;
  for (int i = 0; i < 14; ++i) {
    client.send("x");
    CHECK(server.read_exactly(1) == "x");
    CHECK(server.is_quiet(300));
  }
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end tcp complete 14/0");
}

TEST_CASE("a silent connection of another protocol is cut, and recorded as that") {
  Tunnel t(0ms, kLimit);
  auto& [origin, proxy, client, server] = t;
  server.send("220 mail\r\n");
  CHECK(client.read_to_end() == "220 mail\r\n");
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error timeout 0/10");
}

TEST_CASE("a tunnel in which nobody says anything ends at some point") {
  Tunnel t(0ms, kLimit);
  auto& [origin, proxy, client, server] = t;
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == Ending::kClosed);
  CHECK(proxy.all_lines().size() == 3);
}

TEST_CASE("a client that connects and says nothing is closed") {
  ProxyFixture proxy(options(0ms, kLimit));
  auto client = proxy.connect();
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == Ending::kClosed);
  CHECK(proxy.all_lines() == std::vector<std::string>{"0 opened", "0 closed"});
}

TEST_CASE("a client that stalls within a head is told so, within a greeting it is closed") {
  ProxyFixture proxy(options(0ms, kLimit));
  auto client = proxy.connect();
  SECTION("a request") {
    client.send("GET http://a.te");
    CHECK(client.read_to_end().starts_with("HTTP/1.1 408 "));
  }
  SECTION("SOCKS") {
    client.send("\x05");
    CHECK(client.read_to_end().empty());
  }
  CHECK(proxy.only_flow().back().contains("error timeout"));
}

TEST_CASE("a client that stalls within its ClientHello is closed") {
  Tunnel t(0ms, kLimit);
  auto& [origin, proxy, client, server] = t;
  client.send(std::string_view("\x16\x03\x01\x02", 4));
  CHECK(client.read_to_end().empty());
  CHECK(proxy.only_flow().back() == "end tcp incomplete error timeout 0/0");
}

TEST_CASE("an answer that does not begin is given up, one that has begun is not") {
  Tunnel t(kLimit, 0ms);
  auto& [origin, proxy, client, server] = t;
  client.send(kGet);
  CHECK(server.read_head() == kGet);
  SECTION("it does not begin") {
    CHECK(client.read_to_end().empty());
    CHECK(client.ending() == Ending::kReset);
    CHECK(proxy.only_flow().back() == "end http incomplete error timeout 27/0");
  }
  SECTION("it has begun") {
    server.send(kOk.substr(0, kOk.size() - 1));
    CHECK(client.read_exactly(kOk.size() - 1) == kOk.substr(0, kOk.size() - 1));
    CHECK(client.is_quiet(3000));
    server.send("k");
    CHECK(client.read_exactly(1) == "k");
    client.close();
    server.close();
    CHECK(proxy.only_flow().back() == "end http complete 27/40");
  }
}

TEST_CASE("a plain request gets a 504 that says what to do, others follow") {
  Origin origin;
  ProxyFixture proxy(options(kLimit, 0ms));
  auto client = proxy.connect();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  auto server = origin.accept();
  server.read_head();
  const auto answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
  CHECK(answer.contains("the server did not begin to answer within 2 seconds"));
  CHECK(answer.contains("--first-byte-timeout"));
  CHECK(proxy.only_flow().back().contains("error timeout"));
}

TEST_CASE("a kept-alive connection to the proxy that asks for nothing more is closed") {
  Origin origin;
  ProxyFixture proxy(options(0ms, kLimit));
  auto client = proxy.connect();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  auto server = origin.accept();
  server.read_head();
  server.send(kOk);
  CHECK(client.read_to_end() == kOk);
  CHECK(client.ending() == Ending::kClosed);
  CHECK(proxy.only_flow().back().contains("end http complete"));
}

TEST_CASE("an idle TLS connection is closed with close_notify on both sides") {
  Origin origin;
  ProxyFixture proxy(options(0ms, kLimit));
  auto client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send(kGet);
  CHECK(server.read_head() == kGet);
  server.send(kOk);
  CHECK(client.read_to_end() == kOk);
  CHECK(client.ending() == Ending::kClosed);
  CHECK(server.read_to_end().empty());
  CHECK(server.ending() == Ending::kClosed);
  CHECK(proxy.only_flow().back() == "end http complete 27/40");
}

}  // namespace
}  // namespace mitm::proxy
