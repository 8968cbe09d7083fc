#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Reverse entrances of tls.

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;

test::ProxyOptions tls(const Origin& origin, bool trusted = true) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{ReverseRoute::Scheme::kTls, {"127.0.0.1", origin.port()}};
  options.trust_origins = trusted;
  return options;
}

TEST_CASE("a client with TLS of its own is opened, and the server asked for by its own name") {
  Origin origin;
  ProxyFixture proxy(tls(origin));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send("hello");
  CHECK(server.read_exactly(5) == "hello");
}

TEST_CASE("a client without gets its server's TLS taken off") {
  Origin origin;
  ProxyFixture proxy(tls(origin));
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  Peer server = origin.accept();
  REQUIRE(proxy.server_handshake(server));
  CHECK(server.read_head() == "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end http complete 27/27");
}

TEST_CASE("a server that speaks first is heard") {
  Origin origin;
  ProxyFixture proxy(tls(origin));
  Peer client = proxy.connect();
  Peer server = origin.accept();
  REQUIRE(proxy.server_handshake(server));
  server.send("220 hello\r\n");
  CHECK(client.read_exactly(11) == "220 hello\r\n");
}

TEST_CASE("a server that is not trusted gets nothing, and the client a reset") {
  Origin origin;
  ProxyFixture proxy(tls(origin, false));
  Peer client = proxy.connect();
  client.send("secret");
  Peer server = origin.accept();
  CHECK_FALSE((proxy.server_handshake(server) && server.read_exactly(6) == "secret"));
  client.read_to_end();
  CHECK(client.ending() == test::Ending::kReset);
  CHECK(proxy.only_flow().back() == "end tls incomplete error tls-verify 0/0");
}

}  // namespace
}  // namespace mitm::proxy
