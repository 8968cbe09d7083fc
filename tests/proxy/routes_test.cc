#include "lib/proxy/routes.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

std::shared_ptr<const Upstream> proxy_at(const char* url) {
  return std::make_shared<const Upstream>(parse_upstream(url).value());
}

TEST_CASE("without rules a server is reached as it was asked for") {
  const Routes routes;
  const auto route = routes.find({"a.test", 80}, Purpose::kRequests);
  CHECK(route.hop() == flow::Target{"a.test", 80});
  CHECK(route.purpose == Purpose::kTunnel);
  CHECK(route.known.empty());
  CHECK(routes.requests_proxy({"a.test", 80}) == nullptr);
}

TEST_CASE(
    "a proxy for HTTP takes requests as they are, but not for another server than they name") {
  Routes routes;
  routes.upstreams.add({.via = proxy_at("http://proxy.test:3128")});
  REQUIRE(routes.detours.add_connect_to("b.test:80:c.test:81"));
  REQUIRE(routes.requests_proxy({"a.test", 80}) != nullptr);
  CHECK(routes.find({"a.test", 80}, Purpose::kRequests).purpose == Purpose::kRequests);
  CHECK(routes.find({"a.test", 80}, Purpose::kTunnel).purpose == Purpose::kTunnel);

  CHECK(routes.requests_proxy({"b.test", 80}) == nullptr);
  const auto other = routes.find({"b.test", 80}, Purpose::kRequests);
  CHECK(other.purpose == Purpose::kTunnel);
  CHECK(other.server == flow::Target{"c.test", 81});
  CHECK(other.hop() == flow::Target{"proxy.test", 3128});
}

TEST_CASE("SOCKS knows no requests") {
  Routes routes;
  routes.upstreams.add({.via = proxy_at("socks5://proxy.test")});
  CHECK(routes.requests_proxy({"a.test", 80}) == nullptr);
  CHECK(routes.find({"a.test", 80}, Purpose::kRequests).purpose == Purpose::kTunnel);
}

TEST_CASE("addresses that were given are those of whoever is connected to") {
  Routes routes;
  REQUIRE(routes.detours.add_resolve("c.test:81:192.0.2.1"));
  REQUIRE(routes.detours.add_connect_to("b.test:80:c.test:81"));
  CHECK(routes.find({"b.test", 80}, Purpose::kTunnel).known.size() == 1);
  REQUIRE(routes.detours.add_resolve("proxy.test:3128:192.0.2.1,192.0.2.2"));
  routes.upstreams.add({.via = proxy_at("http://proxy.test:3128")});
  CHECK(routes.find({"b.test", 80}, Purpose::kTunnel).known.size() == 2);
}

}  // namespace
}  // namespace mitm::proxy
