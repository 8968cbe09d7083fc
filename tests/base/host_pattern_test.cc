#include "lib/base/host_pattern.h"

#include <catch2/catch.hpp>

using namespace mitm;

namespace {

bool matches(std::string_view pattern, std::string_view host, std::uint16_t port = 443) {
  const auto parsed = HostPattern::parse(pattern).value();
  return parsed.matches_port(port) && parsed.matches_host(host);
}

}  // namespace

TEST_CASE("names match whatever their case and last dot") {
  CHECK(matches("Example.com", "example.COM."));
  CHECK(matches("example.com.", "example.com"));
  CHECK_FALSE(matches("example.com", "www.example.com"));
  CHECK_FALSE(matches("example.com", "example.com.evil.net"));
  CHECK_FALSE(matches("example.com", ""));
}

TEST_CASE("patterns match as in a shell, and a dot stands for all below") {
  CHECK(matches("*.example.com", "a.b.example.com"));
  CHECK_FALSE(matches("*.example.com", "example.com"));
  CHECK(matches("api-?.example.com", "api-1.example.com"));
  CHECK(matches(".example.com", "example.com"));
  CHECK(matches(".example.com", "a.b.Example.com"));
  CHECK_FALSE(matches(".example.com", "badexample.com"));
}

TEST_CASE("addresses match however they are written, networks by their prefix") {
  CHECK(matches("192.0.2.1", "192.0.2.1"));
  CHECK(matches("2001:db8::1", "2001:DB8:0::1"));
  CHECK(matches("[2001:db8::1]", "2001:db8::1"));
  CHECK(matches("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(matches("10.0.0.0/8", "11.0.0.1"));
  CHECK(matches("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(matches("192.0.2.128/25", "192.0.2.100"));
  CHECK(matches("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(matches("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(matches("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(matches("0.0.0.0/0", "2001:db8::1"));
  CHECK_FALSE(matches("10.0.0.0/8", "ten.example.com"));
}

TEST_CASE("an IPv4 address within an IPv6 one is that") {
  CHECK(matches("::ffff:127.0.0.1", "127.0.0.1"));
  CHECK(matches("::ffff:10.0.0.0/104", "10.1.1.1"));
  CHECK_FALSE(matches("::ffff:10.0.0.0/104", "11.1.1.1"));
  CHECK(matches("127.0.0.0/8", "::ffff:127.0.0.1"));
}

TEST_CASE("a port narrows what is meant") {
  CHECK(matches("example.com:8443", "example.com", 8443));
  CHECK_FALSE(matches("example.com:8443", "example.com", 443));
  CHECK(matches("*:22", "anything", 22));
  CHECK(matches("*:22", "2001:db8::1", 22));
  CHECK(matches("[2001:db8::1]:443", "2001:db8::1"));
  CHECK(matches("10.0.0.0/8:443", "10.1.1.1"));
  CHECK(matches("[2001:db8::]/32", "2001:db8::9"));
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
                           ".*.a.test",
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
