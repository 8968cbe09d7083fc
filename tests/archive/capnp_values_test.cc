#include "lib/archive/capnp_values.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace mitm;
using namespace mitm::archive;

TEST_CASE("whatever a file holds as a time, differences of times do not overflow") {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  CHECK(record_time(kMost) - record_time(kLeast) > Duration::zero());
  CHECK(record_time(kLeast) - record_span(kMost) < record_time(kLeast));
  CHECK(record_span(-5) == Duration::zero());
  CHECK(record_time(5) == Time(Duration(5)));
  CHECK(certificate_time(kLeast) - std::chrono::seconds(1) < certificate_time(kMost));
}

TEST_CASE("enumerants come back, those of later versions do not") {
  for (const auto value : {flow::Mode::kExplicit, flow::Mode::kTransparent, flow::Mode::kReverse})
    CHECK(mode_of(mode(value)) == value);
  for (const auto value : {flow::Kind::kHttp, flow::Kind::kWebSocket, flow::Kind::kTcp,
                           flow::Kind::kTls, flow::Kind::kDns}) {
    CHECK(kind_of(kind(value)) == value);
  }
  CHECK_FALSE(mode_of(static_cast<schema::ConnectionOpened::Mode>(99)));
  CHECK_FALSE(kind_of(static_cast<schema::FlowEnd::Kind>(99)));
}
