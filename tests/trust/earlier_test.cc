#include "lib/trust/earlier.h"

#include <catch2/catch.hpp>

using namespace mitm;
using trust::Earlier;

namespace {

bool is_of_a(std::string_view value) { return value.starts_with("/a/"); }

}  // namespace

TEST_CASE("what variables said comes back as it was") {
  Earlier earlier;
  earlier.open("/a\n\\n")["X"] = "one\ntwo\\three=\n";
  earlier.open("/a\n\\n")["Y"] = "";
  auto again = Earlier::parse(earlier.text());
  CHECK(again.text() == earlier.text());
  CHECK(again.close("/a\n\\n", is_of_a) == Earlier::Values{{"X", "one\ntwo\\three=\n"}, {"Y", ""}});
  CHECK(again.text().empty());
}

TEST_CASE("the last one is taken back first") {
  Earlier earlier;
  earlier.open("/a")["X"] = "first";
  earlier.open("/b")["X"] = "/a/x";
  earlier.open("/a")["X"] = "/b/x";
  CHECK(earlier.close("/a", is_of_a) == Earlier::Values{{"X", "/b/x"}});
  CHECK(earlier.close("/b", is_of_a) == Earlier::Values{{"X", "/a/x"}});
  CHECK(earlier.close("/a", is_of_a) == Earlier::Values{{"X", "first"}});
  CHECK_FALSE(earlier.close("/a", is_of_a));
}

TEST_CASE("what is taken back below another one does not come back with that") {
  Earlier earlier;
  earlier.open("/a")["X"] = "first";
  auto& values = earlier.open("/b");
  values = {{"X", "/a/x"}, {"Y", "/a/y"}, {"Z", "own"}};
  CHECK(earlier.close("/a", is_of_a));
  CHECK(earlier.close("/b", is_of_a) == Earlier::Values{{"X", "first"}, {"Z", "own"}});
}

TEST_CASE("what is no text of ours holds nothing") {
  CHECK_FALSE(Earlier::parse("X=1\nnothing\n").close("/a", is_of_a));
  CHECK(Earlier::parse("/a\nnothing\n\\").close("/a", is_of_a) == Earlier::Values{});
}
