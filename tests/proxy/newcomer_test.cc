#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "lib/tls/session_facts.h"
#include "tests/support/proxy_fixture.h"

// Clients of reverse entrances with TLS, until their first request.

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::Origin;
using test::Peer;
using test::ProxyFixture;
using Scheme = ReverseRoute::Scheme;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: front:1\r\n\r\n";
const std::string kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

test::ProxyOptions reverse(const Origin& origin, Scheme scheme = Scheme::kHttps) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{scheme, {"localhost", origin.port()}};
  return options;
}

/// Of the certificate that `client` got.
flow::Certificate certificate_for(const Peer& client) {
  return tls::session_facts(client.ssl(), flow::Side::kServer).chain->certificates.front();
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void answer(Peer& client, Peer& server) {
  server.read_head();
  server.send(kNoContent);
  CHECK(client.read_head() == kNoContent);
}

/// A client whose handshake is done while the server's fails, because the server is not trusted.
Peer client_of_untrusted(const ProxyFixture& proxy, Origin& origin) {
  Peer client = proxy.connect();
  bool done = false;
  std::thread thread([&] { done = proxy.client_handshake(client); });
  Peer server = origin.accept();
  static_cast<void>(proxy.server_handshake(server));
  thread.join();
  CHECK(done);
  return client;
}

TEST_CASE("the address that a client came to is among the names of its certificate") {
  for (const auto scheme : {Scheme::kHttp, Scheme::kHttps, Scheme::kTls}) {
    for (const bool lazily : {false, true}) {
      Origin origin;
      auto options = reverse(origin, scheme);
      options.settings.connect_lazily = lazily;
      ProxyFixture proxy(options);
      Peer client = proxy.connect();
      Peer server{Fd()};
      const bool first = scheme != Scheme::kHttp && !lazily;
      REQUIRE((first ? proxy.handshakes(client, origin, server) : proxy.client_handshake(client)));
      CHECK(has(certificate_for(client).ip_names, "127.0.0.1"));
      CHECK(has(certificate_for(client).dns_names, "localhost"));
    }
  }
}

TEST_CASE("a server's names are among those of the certificate, and its connection is used") {
  Origin origin;
  ProxyFixture proxy(reverse(origin));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE(proxy.handshakes(client, origin, server));
  CHECK(certificate_for(client).subject == "CN=origin");
  CHECK(has(certificate_for(client).dns_names, "origin"));
  for (int i = 0; i < 2; ++i) {
    client.send(kGet);
    answer(client, server);
  }
  CHECK(origin.is_untouched());
  client.close();
  const auto records = proxy.stop();
  CHECK(std::ranges::count_if(records, [](const flow::Record& record) {
          return std::holds_alternative<flow::ServerConnected>(record.event);
        }) == 1);
}

TEST_CASE("lazily, a server is not asked before there is a request") {
  Origin origin;
  auto options = reverse(origin);
  options.settings.connect_lazily = true;
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  REQUIRE(proxy.client_handshake(client));
  CHECK(origin.is_untouched());
  client.send(kGet);
  Peer server = origin.accept();
  REQUIRE(proxy.server_handshake(server));
  answer(client, server);
}

TEST_CASE("a server that closes before the first request is reached again for it") {
  Origin origin;
  ProxyFixture proxy(reverse(origin));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE(proxy.handshakes(client, origin, server));
  server.shutdown_write();
  server.read_to_end();
  client.send(kGet);
  Peer again = origin.accept();
  REQUIRE(proxy.server_handshake(again));
  answer(client, again);
  client.close();
  CHECK(proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("so it is when it has closed just as the request came, if that can be repeated") {
  Origin origin;
  ProxyFixture proxy(reverse(origin));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send(kGet);
  server.read_head();
  server.close();
  Peer again = origin.accept();
  REQUIRE(proxy.server_handshake(again));
  answer(client, again);
}

TEST_CASE("a client whose server cannot be trusted learns it with its first request") {
  Origin origin;
  auto options = reverse(origin);
  options.trust_origins = false;
  ProxyFixture proxy(options);
  Peer client = client_of_untrusted(proxy, origin);
  CHECK(certificate_for(client).dns_names == std::vector<std::string>{"localhost"});
  client.send(kGet);
  const auto page = client.read_to_end();
  CHECK(page.starts_with("HTTP/1.1 502 "));
  CHECK(page.find("--insecure-host") != std::string::npos);
  CHECK(origin.is_untouched());  // not asked twice
  const auto lines = proxy.only_flow();
  CHECK(lines.back().starts_with("end http incomplete error tls-verify"));
}

TEST_CASE("so does one whose server does not finish its handshake") {
  Origin origin;
  auto options = reverse(origin);
  options.settings.handshake_timeout = 2s;
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  REQUIRE(proxy.client_handshake(client));
  client.send(kGet);
  const auto page = client.read_to_end();
  CHECK(page.starts_with("HTTP/1.1 502 "));
  CHECK(page.find("--handshake-timeout") != std::string::npos);
  Peer server = origin.accept();
  CHECK(origin.is_untouched());
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error timeout"));
}

TEST_CASE("a client that leaves while its server is asked is recorded") {
  Origin origin;
  ProxyFixture proxy(reverse(origin));
  Peer client = proxy.connect();
  std::thread thread([&] { CHECK_FALSE(proxy.client_handshake(client)); });
  Peer server = origin.accept();
  ::shutdown(client.fd(), SHUT_RDWR);
  thread.join();
  REQUIRE(proxy.server_handshake(server));
  REQUIRE(proxy.wait_for_flows(1));
  server.read_to_end();
  CHECK(proxy.only_flow().back() == "end tls incomplete error tls-client 0/0");
}

TEST_CASE("if that request comes late, the server is asked anew") {
  Origin origin;
  auto options = reverse(origin);
  options.trust_origins = false;
  ProxyFixture proxy(options);
  Peer client = client_of_untrusted(proxy, origin);
  std::this_thread::sleep_for(1100ms);
  client.send(kGet);
  Peer server = origin.accept();
  static_cast<void>(proxy.server_handshake(server));
  CHECK(client.read_to_end().starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a client that leaves without a request is recorded as one that may not trust us") {
  const auto scheme = GENERATE(Scheme::kHttp, Scheme::kHttps);
  const bool reset = GENERATE(false, true);
  Origin origin;
  ProxyFixture proxy(reverse(origin, scheme));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE((scheme == Scheme::kHttps ? proxy.handshakes(client, origin, server)
                                    : proxy.client_handshake(client)));
  reset ? client.reset() : client.close();
  REQUIRE(proxy.wait_for_flows(1));
  const auto lines = proxy.only_flow();
  CHECK(lines.back() == "end tls incomplete error tls-client 0/0");
}

TEST_CASE("what its server lacks is recorded instead") {
  Origin origin;
  auto options = reverse(origin);
  options.trust_origins = false;
  ProxyFixture proxy(options);
  client_of_untrusted(proxy, origin).close();
  REQUIRE(proxy.wait_for_flows(1));
  CHECK(proxy.only_flow().back() == "end tls incomplete error tls-verify 0/0");
}

TEST_CASE("one that has waited for a while, or asked, has not") {
  Origin origin;
  ProxyFixture proxy(reverse(origin, Scheme::kHttp));
  Peer waiting = proxy.connect();
  REQUIRE(proxy.client_handshake(waiting));
  Peer asking = proxy.connect();
  REQUIRE(proxy.client_handshake(asking));
  asking.send(kGet);
  Peer server = origin.accept();
  answer(asking, server);
  asking.close();
  std::this_thread::sleep_for(1100ms);
  waiting.shutdown_write();
  waiting.read_to_end();
  CHECK(proxy.only_flow().back().starts_with("end http complete"));
}

}  // namespace
}  // namespace mitm::proxy
