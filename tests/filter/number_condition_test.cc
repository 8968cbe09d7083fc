#include "lib/filter/number_condition.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

namespace {

bool holds(Unit unit, Comparison comparison, std::string_view value, std::int64_t number) {
  const auto test = NumberCondition::make(unit, comparison, value);
  if (!test) FAIL(test.error().message);
  return test->holds(number);
}

bool is_refused(Unit unit, std::string_view value) {
  return !NumberCondition::make(unit, Comparison::kNone, value);
}

}  // namespace

TEST_CASE("ranges compare with their ends") {
  CHECK(holds(Unit::kStatus, Comparison::kNone, "4xx", 499));
  CHECK_FALSE(holds(Unit::kStatus, Comparison::kNone, "4xx", 500));
  CHECK(holds(Unit::kStatus, Comparison::kGreater, "4xx", 500));
  CHECK_FALSE(holds(Unit::kStatus, Comparison::kGreater, "4xx", 450));
  CHECK(holds(Unit::kStatus, Comparison::kLess, "4xx", 399));
  CHECK(holds(Unit::kStatus, Comparison::kNotEqual, "400-404", 405));
  CHECK(holds(Unit::kCount, Comparison::kAtMost, "5-9", 9));
  CHECK(holds(Unit::kCount, Comparison::kAtLeast, "5-9", 5));
}

TEST_CASE("values have the units that people write") {
  CHECK(holds(Unit::kBytes, Comparison::kNone, "2k", 2048));
  CHECK(holds(Unit::kBytes, Comparison::kNone, "3M", 3 << 20));
  CHECK(holds(Unit::kBytes, Comparison::kNone, "1k-2k", 1500));
  CHECK(holds(Unit::kDuration, Comparison::kNone, "1.5ms", 1'500'000));
  CHECK(holds(Unit::kDuration, Comparison::kNone, "2h", 7'200'000'000'000));
  CHECK(holds(Unit::kDuration, Comparison::kNone, "0.123456789s", 123'456'789));
  CHECK(holds(Unit::kTime, Comparison::kNone, "1970-01-01T00:00:01.25Z", 1'250'000'000));
  CHECK(holds(Unit::kTime, Comparison::kNone, "1970-01-01T01:30:00+01:30", 0));
  CHECK(holds(Unit::kPort, Comparison::kNone, "65535", 65535));
}

TEST_CASE("what is no value is refused") {
  for (const char* value : {"", "x", "-1", "5-", "-5", "9-5", "1e3", "99999999999999999999"})
    CHECK(is_refused(Unit::kCount, value));
  for (const char* value : {"4x", "99", "0xx", "4xxx", "1000"})
    CHECK(is_refused(Unit::kStatus, value));
  for (const char* value : {"65536", "http"}) CHECK(is_refused(Unit::kPort, value));
  for (const char* value : {"5", "ms", "1.xs", "1.s", ".5s", "9999999999999h", "1-2s"})
    CHECK(is_refused(Unit::kDuration, value));
  for (const char* value : {"k", "9999999999G"}) CHECK(is_refused(Unit::kBytes, value));
  for (const char* value :
       {"2026", "2026-13-01", "2026-02-30", "2026-11-28T25:00", "2026-11-28T10:15.5",
        "2026-11-28.5", "2026-1-1", "2026-11-28T", "2026-11-28T10:00:00.Z", "2026-11-28T10:00:00+1",
        "2026-11-28T10:00:00.1234567890Z", "9999-01-01T00:00:00Z", "2026-11-28 10:00"})
    CHECK(is_refused(Unit::kTime, value));
}
