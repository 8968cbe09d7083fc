#include "lib/cli/text.h"

#include <catch2/catch.hpp>

#include "tests/cli/sample.h"

using Words = std::vector<std::string>;

TEST_CASE("text is wrapped at spaces") {
  CHECK(mitm::cli::wrap("aa bb cc", 5) == Words{"aa bb", "cc"});
  CHECK(mitm::cli::wrap("aa bb cc", 4) == Words{"aa", "bb", "cc"});
  CHECK(mitm::cli::wrap("  aa\n bb ", 80) == Words{"aa bb"});
  CHECK(mitm::cli::wrap("aaaaaaaa b", 3) == Words{"aaaaaaaa", "b"});
  CHECK(mitm::cli::wrap(" ", 3).empty());
}

TEST_CASE("paragraphs are separated by empty lines") {
  CHECK(mitm::cli::paragraphs("a\nb\n\nc\n\n\n\nd\n") == Words{"a b", "c", "d"});
  CHECK(mitm::cli::paragraphs("").empty());
}

TEST_CASE("references to flags are replaced") {
  CHECK(mitm::cli::plain_prose("see \\flag{read} and \\flag{x}.") == "see --read and --x.");
  CHECK(mitm::cli::plain_prose("open \\flag{read") == "open \\flag{read");
  CHECK(mitm::cli::flag_references("see \\flag{read} and \\flag{x}.") == Words{"read", "x"});
}

TEST_CASE("labels line up whether or not there is a letter") {
  CHECK(mitm::cli::flag_label({.long_name = "read", .short_name = 'r', .value_name = "FILE"}) ==
        "-r, --read FILE");
  CHECK(mitm::cli::flag_label({.long_name = "quiet"}) == "    --quiet");
}

TEST_CASE("categories keep the order of first appearance") {
  const auto flags = mitm::cli::all_flags(mitm::test::sample_program());
  const auto categories = mitm::cli::by_category(flags);
  REQUIRE(categories.size() == 3);
  CHECK(categories[0].first == "Input");
  CHECK(categories[0].second.size() == 2);
  CHECK(categories[2].first == "General");
  CHECK(categories[2].second.size() == 3);
}

TEST_CASE("what every program has comes last") {
  const auto categories = mitm::cli::by_category(
      {{.long_name = "color", .category = "General"}, {.long_name = "read", .category = "Input"}});
  REQUIRE(categories.size() == 2);
  CHECK(categories[0].first == "Input");
  CHECK(categories[1].first == "General");
}
