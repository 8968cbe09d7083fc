#include "lib/proxy/tls_legs.h"

#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Certificates of clients, and servers without a common protocol, are tried end to end.

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;

TEST_CASE("both orders of the handshakes lead to the same records of them") {
  const bool lazily = GENERATE(false, true);
  Origin origin;
  ProxyFixture proxy({.settings = {.connect_lazily = lazily}});
  Peer client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  if (lazily) {
    REQUIRE(proxy.client_handshake(client));
    client.send("GET / HTTP/1.1\r\n\r\n");
    server = origin.accept();
    REQUIRE(proxy.server_handshake(server));
  } else {
    REQUIRE(proxy.handshakes(client, origin, server));
  }
  client.close();
  server.close();
  const auto records = proxy.stop();
  std::vector<flow::TlsEstablished> established;
  for (const flow::Record& record : records)
    if (const auto* tls = std::get_if<flow::TlsEstablished>(&record.event))
      established.push_back(*tls);
  REQUIRE(established.size() == 2);
  for (const flow::TlsEstablished& tls : established) {
    CHECK(tls.facts.version == "TLSv1.3");
    CHECK(tls.facts.handshake > Duration::zero());
    CHECK(tls.facts.chain != nullptr);
    CHECK(tls.facts.sni == "localhost");
    CHECK(tls.facts.verify == (tls.side == flow::Side::kServer ? "ok" : ""));
  }
}

}  // namespace
}  // namespace mitm::proxy
