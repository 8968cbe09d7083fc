#include "lib/proxy/detours.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

std::string shown(const net::Addresses& addresses) {
  std::string text;
  for (const auto& address : addresses) text += to_string(net::to_endpoint(address.get())) + " ";
  return text;
}

TEST_CASE("addresses are those given for host and port, last one first, then those for all hosts") {
  Detours detours;
  for (const auto* text : {"a.test:80:192.0.2.1", "A.test:80:192.0.2.2,[2001:db8::1],2001:db8::2",
                           "*:443:192.0.2.3", "[::1]:80:192.0.2.4", "+b.test:80:192.0.2.5"})
    REQUIRE(detours.add_resolve(text));
  CHECK(shown(detours.addresses_of({"a.test", 80})) ==
        "192.0.2.2:80 [2001:db8::1]:80 [2001:db8::2]:80 ");
  CHECK(shown(detours.addresses_of({"a.test", 443})) == "192.0.2.3:443 ");
  CHECK(shown(detours.addresses_of({"::1", 80})) == "192.0.2.4:80 ");
  CHECK(shown(detours.addresses_of({"b.test", 80})) == "192.0.2.5:80 ");
  CHECK(detours.addresses_of({"c.test", 80}).empty());
  REQUIRE(detours.add_resolve("-A.test:80"));
  CHECK(detours.addresses_of({"a.test", 80}).empty());
  CHECK_FALSE(detours.addresses_of({"a.test", 443}).empty());
}

TEST_CASE("another server is the first that was given, and what is empty stays") {
  Detours detours;
  for (const auto* text :
       {"a.test:443:[::1]:8443", "a.test::b.test:", "d.test:80:e.test", "::c.test:"})
    REQUIRE(detours.add_connect_to(text));
  CHECK(detours.target_for({"a.test", 443}) == flow::Target{"::1", 8443});
  CHECK(detours.target_for({"a.test", 80}) == flow::Target{"b.test", 80});
  CHECK(detours.target_for({"d.test", 80}) == flow::Target{"e.test", 80});
  CHECK(detours.target_for({"x", 80}) == flow::Target{"c.test", 80});
  CHECK(Detours().target_for({"x", 80}) == flow::Target{"x", 80});
}

TEST_CASE("what is spelt otherwise is wrong usage") {
  Detours detours;
  for (const auto* text :
       {"", "a.test", "a.test:80", "a.test:80:", "a.test:80:name", ":80:::1", "a.test:0:192.0.2.1",
        "-a.test", "-a.test:x", "a/b:80:192.0.2.1", "[::1:80:::1"}) {
    CAPTURE(text);
    const auto status = detours.add_resolve(text);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Code::kUsage);
  }
  for (const auto* text : {"", "a.test:443", "a.test:x:b:1", "a/b:1:c:1", "a:1:b:0"}) {
    CAPTURE(text);
    CHECK_FALSE(detours.add_connect_to(text));
  }
}

}  // namespace
}  // namespace mitm::proxy
