#include "lib/proxy/trial_tap.h"

#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A client that agrees on TLS and then says `words`, or leaves.
void visit(ProxyFixture& proxy, Origin& origin, const std::string& words) {
  Peer client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  REQUIRE(proxy.handshakes(client, origin, server));
  if (!words.empty()) {
    client.send(words);
    CHECK(server.read_head() == words);
  }
  client.close();
  server.read_to_end();
}

TEST_CASE("a client that leaves without a word twice in a row is passed through") {
  Origin origin;
  ProxyFixture proxy({.settings = {.pin_memory = std::chrono::hours(1)}});
  visit(proxy, origin, "");
  visit(proxy, origin, kGet);
  visit(proxy, origin, "");
  visit(proxy, origin, kGet);
  visit(proxy, origin, "");
  visit(proxy, origin, "");
  REQUIRE(proxy.wait_for_flows(6));
  Peer client = proxy.tunnel(origin.authority());
  client.send(Bytes("\x16\x03\x01", 3));
  const auto records = proxy.stop();
  const auto failures = std::ranges::count_if(records, [](const flow::Record& record) {
    const auto* end = std::get_if<flow::FlowEnd>(&record.event);
    return end != nullptr && end->error && end->error->kind == "tls-client";
  });
  CHECK(failures == 4);
}

}  // namespace
}  // namespace mitm::proxy
