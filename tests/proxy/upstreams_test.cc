#include "lib/proxy/upstreams.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

TEST_CASE("a URL names a proxy, and its login is no part of the name") {
  const auto http = parse_upstream("http://me:s%3Ae%25@Proxy.test/").value();
  CHECK(http.name() == "http://proxy.test:80");
  CHECK(http.login == wire::BasicLogin{"me", "s:e%"});
  CHECK(parse_upstream("https://proxy.test").value().address == flow::Target{"proxy.test", 443});
  const auto socks = parse_upstream("socks5h://[::1]").value();
  CHECK(socks.scheme == Upstream::Scheme::kSocks5);
  CHECK(socks.address == flow::Target{"::1", 1080});
  CHECK_FALSE(socks.login);
  CHECK(parse_upstream("socks5://u:p@ss@h:1").value().login == wire::BasicLogin{"u", "p@ss"});
}

TEST_CASE("what is no such URL is refused, and no password told") {
  for (const auto* url :
       {"", "proxy:80", "ftp://u:secret@h", "http://", "http://u:secret@", "http://h:0",
        "http://h/path", "http://u:secret%2@h", "http://u%3Ax:secret@h", "http://h?x"}) {
    CAPTURE(url);
    const auto upstream = parse_upstream(url);
    REQUIRE_FALSE(upstream);
    CHECK(upstream.error().code == Code::kUsage);
    CHECK_FALSE(upstream.error().message.contains(":secret"));
  }
}

TEST_CASE("the first rule that fits decides") {
  const auto one = std::make_shared<const Upstream>();
  const auto two = std::make_shared<const Upstream>();
  Upstreams upstreams;
  CHECK(upstreams.find({"x", 1}, Purpose::kTunnel) == nullptr);
  upstreams.add({.hosts = HostPattern::parse("a.test:443").value()});
  upstreams.add({.hosts = HostPattern::parse("*.test").value(), .via = one});
  upstreams.add({.purpose = Purpose::kRequests, .via = two});
  CHECK(upstreams.find({"a.test", 443}, Purpose::kTunnel) == nullptr);
  CHECK(upstreams.find({"a.test", 80}, Purpose::kTunnel) == one);
  CHECK(upstreams.find({"x", 80}, Purpose::kRequests) == two);
  CHECK(upstreams.find({"x", 80}, Purpose::kTunnel) == nullptr);
}

}  // namespace
}  // namespace mitm::proxy
