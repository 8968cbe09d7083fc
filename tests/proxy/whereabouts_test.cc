#include "lib/proxy/whereabouts.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::proxy;

TEST_CASE("whatever is known of a place counts") {
  const Whereabouts where{
      .sni = "sni.example", .host = "host.example", .address = "192.0.2.7", .port = 443};
  for (const char* pattern : {"sni.example", "host.example", "192.0.2.0/24"})
    CHECK(matches(HostPattern::parse(pattern).value(), where));
  CHECK_FALSE(matches(HostPattern::parse("other.example").value(), where));
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
