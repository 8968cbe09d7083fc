#include "lib/filter/text_condition.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

namespace {

bool holds(Comparison comparison, std::string_view value, std::vector<std::string_view> texts) {
  const auto test = TextCondition::make(comparison, value).value();
  return test.holds([&](const auto& visit) {
    for (const auto text : texts) visit(text);
  });
}

}  // namespace

TEST_CASE("asterisks stand for anything, in the whole text") {
  const auto fits = [](std::string_view pattern, std::string_view text) {
    return holds(Comparison::kNone, pattern, {text});
  };
  CHECK(fits("a", "A"));
  CHECK_FALSE(fits("a", "ab"));
  CHECK(fits("a*", "ab"));
  CHECK(fits("a*", "a"));
  CHECK(fits("*", ""));
  CHECK(fits("*b", "ab"));
  CHECK_FALSE(fits("*b", "ba"));
  CHECK(fits("a*b*c", "aXbYc"));
  CHECK(fits("a**c", "abc"));
  CHECK_FALSE(fits("a*b*c", "aXcYb"));
  CHECK_FALSE(fits("ab*ba", "aba"));
  CHECK(fits("*a*a*", "aa"));
  CHECK_FALSE(fits("*a*a*", "a"));
  CHECK(fits("/x?y=*", "/x?y=1"));
  CHECK_FALSE(fits("/x?y", "/xzy"));
}

TEST_CASE("of several texts one is enough, and none may be the one that is not wanted") {
  CHECK(holds(Comparison::kEqual, "b", {"a", "b"}));
  CHECK_FALSE(holds(Comparison::kNotEqual, "b", {"a", "b"}));
  CHECK(holds(Comparison::kNotEqual, "c", {"a", "b"}));
  CHECK_FALSE(holds(Comparison::kNotEqual, "c", {}));
  CHECK_FALSE(holds(Comparison::kNotMatches, "c", {}));
  CHECK(holds(Comparison::kContains, "ELL", {"hello"}));
  CHECK(holds(Comparison::kContains, "", {"x"}));
}
