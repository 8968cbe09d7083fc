#include "lib/proxy/forward_role.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

using Scheme = ReverseRoute::Scheme;

Gateway gateway(Scheme scheme, flow::Target target, bool keep_host = false,
                std::string client_name = {}) {
  return {.route = {.scheme = scheme, .target = std::move(target)},
          .keep_host = keep_host,
          .client_name = std::move(client_name)};
}

TEST_CASE("a proxy leaves it to requests where they go") {
  const Settings settings;
  const ForwardRole role(settings, std::nullopt);
  CHECK(role.scheme() == "http");
  CHECK(role.authority().empty());
  CHECK_FALSE(role.tls_name());
  CHECK_FALSE(role.recording().host_is_the_route);
  CHECK(role.purpose({}) == Purpose::kTunnelledRequests);
  CHECK(role.purpose({.target = {}, .head = {}, .via = std::make_shared<const Upstream>()}) ==
        Purpose::kRequests);
}

TEST_CASE("a gateway has one server, whose port is named where it is not the scheme's own") {
  const Settings settings;
  CHECK(ForwardRole(settings, gateway(Scheme::kHttps, {"::1", 443})).authority() == "[::1]");
  CHECK(ForwardRole(settings, gateway(Scheme::kHttp, {"a.test", 443})).authority() == "a.test:443");
  CHECK(ForwardRole(settings, gateway(Scheme::kHttps, {"a.test", 443})).scheme() == "https");
}

TEST_CASE("a server is asked for its own name, unless the client's is kept and there is one") {
  const Settings settings;
  const flow::Target target{"a.test", 443};
  const auto name = [&](bool keep_host, const char* client_name) {
    return ForwardRole(settings, gateway(Scheme::kHttps, target, keep_host, client_name))
        .tls_name();
  };
  CHECK(name(false, "front.test") == "a.test");
  CHECK(name(true, "front.test") == "front.test");
  CHECK(name(true, "") == "a.test");
  const ForwardRole plain(settings, gateway(Scheme::kHttp, target, true, "front.test"));
  CHECK_FALSE(plain.tls_name());
  CHECK_FALSE(plain.recording().host_is_the_route);
}

}  // namespace
}  // namespace mitm::proxy
