#include "lib/filter/scanner.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

TEST_CASE("values end at blanks, parentheses, tildes and quotes") {
  Scanner scanner("a|b&c (d) x~q 'two words'\"\"");
  CHECK(scanner.value() == "a|b&c");
  CHECK_FALSE(scanner.value());
  CHECK_FALSE(Scanner("a(b)").value());
  CHECK(scanner.take("("));
  CHECK(scanner.value() == "d");
  CHECK(scanner.take(")"));
  CHECK(scanner.value() == "x");
  CHECK(scanner.take("~"));
  CHECK(scanner.letters() == "q");
  CHECK(scanner.value() == "two words");
  CHECK(scanner.value() == "");
  CHECK(scanner.at_end());
}

TEST_CASE("a backslash between quotes protects quotes and backslashes only") {
  CHECK(Scanner(R"("a\.b\"c\\d")").value() == R"(a\.b"c\d)");
  CHECK(Scanner(R"('it\'s "')").value() == "it's \"");
  CHECK(Scanner(R"(a\.b)").value() == R"(a\.b)");
  CHECK_FALSE(Scanner(R"("a\")").value());
}

TEST_CASE("a word is one only where nothing else follows") {
  CHECK(Scanner("host a").word() == "host");
  CHECK(Scanner("status>=500").word() == "status");
  CHECK(Scanner("http://a").word().empty());
  CHECK(Scanner("tls-version x").word() == "tls-version");
  CHECK(Scanner("(host").word().empty());
  CHECK(Scanner("host)").word() == "host");
  CHECK(Scanner("HTTP&x").word() == "http");
}

TEST_CASE("comparisons are read with the blanks before them") {
  Scanner scanner(" >= 5 matches x != y == z contains w");
  CHECK(scanner.comparison() == Comparison::kAtLeast);
  CHECK(scanner.comparison() == Comparison::kNone);
  CHECK(scanner.value() == "5");
  CHECK(scanner.comparison() == Comparison::kMatches);
  CHECK(scanner.value() == "x");
  CHECK(scanner.comparison() == Comparison::kNotEqual);
  CHECK(scanner.value() == "y");
  CHECK(scanner.comparison() == Comparison::kEqual);
  CHECK(scanner.value() == "z");
  CHECK(scanner.comparison() == Comparison::kContains);
}

TEST_CASE("what was quoted reads as it was") {
  for (const char* text : {"plain", "", "two words", "q\"uote", "back\\slash", "a)b", "~", "'"})
    CHECK(Scanner(quote(text)).value() == text);
}
