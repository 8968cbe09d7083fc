#include "lib/tls/leaf.h"

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using std::chrono::days;

TEST_CASE("a leaf's chain is the leaf") {
  const tls::Leaf leaf = to_leaf(make_signed({.common_name = "a.example"}, shared_ca()));
  REQUIRE(leaf.chain()->certificates.size() == 1);
  CHECK(leaf.facts().subject == "CN=a.example");
  CHECK(leaf.chain()->id.size() == 32);
}

TEST_CASE("a leaf knows when it is valid") {
  const tls::Leaf leaf = to_leaf(make_signed({.begins = days(-1), .ends = days(1)}, shared_ca()));
  CHECK(leaf.is_valid_at(now()));
  CHECK_FALSE(leaf.is_valid_at(now() + days(2)));
  CHECK_FALSE(leaf.is_valid_at(now() - days(2)));
}
