#include "lib/filter/regex.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

TEST_CASE("an expression is searched for without regard to case") {
  const auto regex = Regex::compile("b.d").value();
  CHECK(regex.is_in("aBcDe"));
  CHECK_FALSE(regex.is_in("ab\nd"));
  CHECK_FALSE(Regex::compile("^b").value().is_in("a\nb"));
  CHECK(Regex::compile("^b$", Regex::Lines::kMany).value().is_in("a\nb\nc"));
  CHECK(Regex::compile("").value().is_in(""));
}

TEST_CASE("octets that are no UTF-8 do no harm") {
  CHECK(
      Regex::compile("b").value().is_in("\xff\xfe"
                                        "b"));
  CHECK(Regex::compile("\xfc").value().is_in("\xfc"));
  CHECK(Regex::compile("x.y").value().is_in("x\xffy"));
  CHECK(Regex::compile("x.y").value().is_in("x\xc3\xbcy"));
  CHECK(Regex::compile("\xc3\xbc").value().is_in("m\xc3\xbcller"));
}

TEST_CASE("what cannot be searched for is refused, and what takes ages is not slow") {
  for (const char* text : {"(", "a**", "(?=x)", "\\1", "a{1001}", "[b-a]"}) {
    const auto regex = Regex::compile(text);
    REQUIRE_FALSE(regex);
    CHECK(regex.error().code == Code::kUsage);
    CHECK(regex.error().message.contains("is no regular expression"));
    CHECK_FALSE(regex.error().hint.empty());
  }
  CHECK_FALSE(Regex::compile("(a*)*b").value().is_in(std::string(100'000, 'a')));
}
