#include "lib/cli/suggest.h"

#include <catch2/catch.hpp>
#include <vector>

using mitm::cli::edit_distance;
using mitm::cli::suggest;

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("abc", "ac") == 1);
  CHECK(edit_distance("abc", "axc") == 1);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is suggested, or none") {
  const std::vector<std::string> words{"read", "write", "compression", "color"};
  CHECK(suggest("raed", words) == "read");
  CHECK(suggest("colour", words) == "color");
  CHECK(suggest("comp", words) == "compression");
  CHECK_FALSE(suggest("zebra", words));
  CHECK_FALSE(suggest("", words));
  CHECK_FALSE(suggest(std::string(100'000, 'r'), words));
}
