#include "lib/proxy/host_pattern.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::proxy;

namespace {

Whereabouts to(std::string host, std::uint16_t port = 443) {
  return {.sni = {}, .host = std::move(host), .address = {}, .port = port};
}

bool matches(std::string_view pattern, const Whereabouts& where) {
  return HostPattern::parse(pattern).value().matches(where);
}

}  // namespace

TEST_CASE("names match whatever their case and last dot") {
  CHECK(matches("Example.com", to("example.COM.")));
  CHECK(matches("example.com.", to("example.com")));
  CHECK_FALSE(matches("example.com", to("www.example.com")));
  CHECK_FALSE(matches("example.com", to("example.com.evil.net")));
  CHECK_FALSE(matches("example.com", to("")));
}

TEST_CASE("patterns match as in a shell, and a dot stands for all below") {
  CHECK(matches("*.example.com", to("a.b.example.com")));
  CHECK_FALSE(matches("*.example.com", to("example.com")));
  CHECK(matches("api-?.example.com", to("api-1.example.com")));
  CHECK(matches(".example.com", to("example.com")));
  CHECK(matches(".example.com", to("a.b.Example.com")));
  CHECK_FALSE(matches(".example.com", to("badexample.com")));
}

TEST_CASE("addresses match however they are written, networks by their prefix") {
  CHECK(matches("192.0.2.1", to("192.0.2.1")));
  CHECK(matches("2001:db8::1", to("2001:DB8:0::1")));
  CHECK(matches("[2001:db8::1]", to("2001:db8::1")));
  CHECK(matches("10.0.0.0/8", to("10.255.0.1")));
  CHECK_FALSE(matches("10.0.0.0/8", to("11.0.0.1")));
  CHECK(matches("192.0.2.128/25", to("192.0.2.200")));
  CHECK_FALSE(matches("192.0.2.128/25", to("192.0.2.100")));
  CHECK(matches("2001:db8::/33", to("2001:db8:7fff::1")));
  CHECK_FALSE(matches("2001:db8::/33", to("2001:db8:8000::1")));
  CHECK(matches("0.0.0.0/0", to("203.0.113.9")));
  CHECK_FALSE(matches("0.0.0.0/0", to("2001:db8::1")));
  CHECK_FALSE(matches("10.0.0.0/8", to("ten.example.com")));
}

TEST_CASE("an IPv4 address within an IPv6 one is that") {
  CHECK(matches("::ffff:127.0.0.1", to("127.0.0.1")));
  CHECK(matches("::ffff:10.0.0.0/104", to("10.1.1.1")));
  CHECK_FALSE(matches("::ffff:10.0.0.0/104", to("11.1.1.1")));
  CHECK(matches("127.0.0.0/8", to("::ffff:127.0.0.1")));
}

TEST_CASE("a port narrows what is meant") {
  CHECK(matches("example.com:8443", to("example.com", 8443)));
  CHECK_FALSE(matches("example.com:8443", to("example.com", 443)));
  CHECK(matches("*:22", to("anything", 22)));
  CHECK(matches("*:22", to("2001:db8::1", 22)));
  CHECK(matches("[2001:db8::1]:443", to("2001:db8::1")));
  CHECK(matches("10.0.0.0/8:443", to("10.1.1.1")));
  CHECK(matches("[2001:db8::]/32", to("2001:db8::9")));
}

TEST_CASE("whatever is known of a place counts") {
  const Whereabouts where{
      .sni = "sni.example", .host = "host.example", .address = "192.0.2.7", .port = 443};
  for (const char* pattern : {"sni.example", "host.example", "192.0.2.0/24"})
    CHECK(matches(pattern, where));
  CHECK_FALSE(matches("other.example", where));
  HostPatterns patterns;
  CHECK_FALSE(matches_any(patterns, where));
  patterns.push_back(HostPattern::parse("other.example").value());
  patterns.push_back(HostPattern::parse("host.*").value());
  CHECK(matches_any(patterns, where));
}

TEST_CASE("a name that is only claimed does not count where it must not") {
  Whereabouts where{.sni = "claimed", .host = "asked.for", .address = "192.0.2.7", .port = 443};
  CHECK(where.as_connected().sni.empty());
  CHECK(where.as_connected().host == "asked.for");
  CHECK(where.is_contradictory());
  where.host = "192.0.2.7";
  CHECK(where.as_connected().sni == "claimed");
  CHECK_FALSE(where.is_contradictory());
  where.host = "Claimed.";
  CHECK_FALSE(where.is_contradictory());
}

TEST_CASE("what names no hosts is refused") {
  for (const char* text : {"",
                           ":443",
                           ".",
                           "a:0",
                           "a:65536",
                           "a:b",
                           "10.0.0.0/33",
                           "10.0.0.0/",
                           "example.com/8",
                           "a b",
                           "https://example.com",
                           "[::1",
                           "a:1:2",
                           "b\xc3\xbc"
                           "cher.example",
                           "a,b",
                           "a;",
                           "[a.test]",
                           "[a.test",
                           "a..b",
                           "..",
                           "127.1",
                           "0177.0.0.1",
                           "10.0.0.256",
                           "::ffff:0:0/95"}) {
    INFO(text);
    const auto pattern = HostPattern::parse(text);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().code == Code::kUsage);
    CHECK(pattern.error().message.starts_with("'"));
  }
}
