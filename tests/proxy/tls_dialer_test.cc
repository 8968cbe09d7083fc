#include "lib/proxy/tls_dialer.h"

#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Through a reverse entrance of https.

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test::ProxyOptions https(const Origin& origin) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{ReverseRoute::Scheme::kHttps, {"localhost", origin.port()}};
  return options;
}

std::string answer_without_handshake(const test::ProxyOptions& options, Origin& origin,
                                     bool close) {
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  client.send(kGet);
  Peer server = origin.accept();
  if (close) server.close();
  return client.read_to_end();
}

TEST_CASE("a server is asked for by its name and serves one request after the other") {
  Origin origin;
  ProxyFixture proxy(https(origin));
  Peer client = proxy.connect();
  client.send(kGet);
  Peer server = origin.accept();
  REQUIRE(proxy.server_handshake(server, "http/1.1"));
  for (int i = 0; i < 2; ++i) {
    if (i > 0) client.send(kGet);
    server.read_head();
    server.send("HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  }
  CHECK(origin.is_untouched());
}

TEST_CASE("a server that leaves during the handshake is a 502") {
  Origin origin;
  const auto answer = answer_without_handshake(https(origin), origin, true);
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  CHECK(answer.find("TLS handshake") != std::string::npos);
}

TEST_CASE("so is one that does not come to its end") {
  Origin origin;
  auto options = https(origin);
  options.settings.handshake_timeout = 50ms;
  const auto answer = answer_without_handshake(options, origin, false);
  CHECK(answer.find("did not finish its TLS handshake") != std::string::npos);
}

}  // namespace
}  // namespace mitm::proxy
