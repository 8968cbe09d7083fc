#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

// Reverse entrances of http and https: each kind of client with each kind of server.

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;
using Scheme = ReverseRoute::Scheme;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: front:1\r\n\r\n";
const std::string kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

test::ProxyOptions reverse(Scheme scheme, const Origin& origin, bool keep_host = false) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{scheme, {"127.0.0.1", origin.port()}};
  options.settings.keep_host = keep_host;
  return options;
}

/// What a server got for a request that was sent, which it answers.
std::string exchange(Peer& client, Peer& server) {
  auto head = server.read_head();
  server.send(kNoContent);
  CHECK(client.read_head() == kNoContent);
  return head;
}

/// The same of a request over a connection that is made for it.
std::string exchange(const ProxyFixture& proxy, Peer& client, Origin& origin, bool tls) {
  client.send(kGet);
  Peer server = origin.accept();
  if (tls) REQUIRE(proxy.server_handshake(server));
  return exchange(client, server);
}

TEST_CASE("requests go to the server, with its name in Host") {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    Origin origin;
    ProxyFixture proxy(reverse(tls ? Scheme::kHttps : Scheme::kHttp, origin));
    Peer client = proxy.connect();
    CHECK(exchange(proxy, client, origin, tls) ==
          "GET /x HTTP/1.1\r\nHost: " + origin.authority() + "\r\n\r\n");
    client.close();
    const auto lines = proxy.only_flow();
    CHECK(lines.back() == "end http complete 34/27");
  }
}

TEST_CASE("clients may speak TLS, whatever the server speaks") {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    Origin origin;
    ProxyFixture proxy(reverse(tls ? Scheme::kHttps : Scheme::kHttp, origin));
    Peer client = proxy.connect();
    Peer server{Fd()};
    if (tls) {
      REQUIRE(proxy.handshakes(client, origin, server, "http/1.1"));
    } else {
      REQUIRE(proxy.client_handshake(client, {"h2", "http/1.1"}));
    }
    if (tls) client.send(kGet);
    CHECK((tls ? exchange(client, server) : exchange(proxy, client, origin, false)) ==
          "GET /x HTTP/1.1\r\nHost: " + origin.authority() + "\r\n\r\n");
  }
}

TEST_CASE("Host stays as it is where that is asked for") {
  Origin origin;
  ProxyFixture proxy(reverse(Scheme::kHttp, origin, true));
  Peer client = proxy.connect();
  CHECK(exchange(proxy, client, origin, false) == kGet);
}

TEST_CASE("a server that cannot be had, or trusted, is a 502 with the reason") {
  {
    Origin origin;
    auto options = reverse(Scheme::kHttp, origin);
    origin.close();
    ProxyFixture proxy(options);
    Peer client = proxy.connect();
    client.send(kGet);
    const auto answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 502 "));
    CHECK(answer.find("Connection refused") != std::string::npos);
    CHECK(proxy.only_flow().back() == "end http incomplete error connect-refused 34/0");
  }
  Origin origin;
  auto options = reverse(Scheme::kHttps, origin);
  options.trust_origins = false;
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  client.send(kGet);
  Peer server = origin.accept();
  CHECK_FALSE((proxy.server_handshake(server) && server.read_head() == kGet));
  const auto answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  CHECK(answer.find("--insecure-host") != std::string::npos);
  CHECK(proxy.only_flow().back() == "end http incomplete error tls-verify 34/0");
}

TEST_CASE("what is no request gets a 400, and a ClientHello that is none an end") {
  Origin origin;
  ProxyFixture proxy(reverse(Scheme::kHttp, origin));
  Peer garbage = proxy.connect();
  garbage.send("\x01\x02\x03\x04 garbage\r\n\r\n");
  CHECK(garbage.read_to_end().starts_with("HTTP/1.1 400 "));
  Peer tunnel = proxy.connect();
  tunnel.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  CHECK(tunnel.read_to_end().starts_with("HTTP/1.1 400 "));
  Peer hello = proxy.connect();
  hello.send(std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10));
  CHECK(hello.read_to_end().empty());
  CHECK(origin.is_untouched());
}

}  // namespace
}  // namespace mitm::proxy
