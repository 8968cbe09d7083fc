#include "lib/base/time.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("RFC 3339 keeps all nine digits") {
  CHECK(mitm::format_rfc3339(mitm::Time{1'795'405'821'123'456'789ns}) ==
        "2026-11-23T03:50:21.123456789Z");
  CHECK(mitm::format_rfc3339(mitm::Time{1ns}) == "1970-01-01T00:00:00.000000001Z");
}

TEST_CASE("times before the epoch round down") {
  CHECK(mitm::format_rfc3339(mitm::Time{-1ns}) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("the time elapsed between any two times can be told") {
  const mitm::Time early = mitm::Time::min();
  const mitm::Time late = mitm::Time::max();
  const mitm::Time epoch{};
  CHECK(mitm::elapsed(epoch, epoch + mitm::Duration(5)) == mitm::Duration(5));
  CHECK(mitm::elapsed(epoch + mitm::Duration(5), epoch) == mitm::Duration(-5));
  CHECK(mitm::elapsed(early, late) == mitm::Duration::max());
  CHECK(mitm::elapsed(late, early) == -mitm::Duration::max());
  CHECK(mitm::elapsed(epoch, early) == -mitm::Duration::max());
}
