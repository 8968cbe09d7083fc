#include "lib/filter/comparison.h"

#include <catch2/catch.hpp>

using namespace mitm::filter;

TEST_CASE("comparisons are written as they are read") {
  CHECK(to_string(Comparison::kNone).empty());
  CHECK(to_string(Comparison::kAtLeast) == ">=");
  CHECK(to_string(Comparison::kNotMatches) == "!~");
}
