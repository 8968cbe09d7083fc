#include "lib/proxy/places.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace mitm::proxy {
namespace {

TEST_CASE("without a limit there is always another place") {
  Places places;
  for (int i = 0; i < 100'000; ++i) REQUIRE(places.take());
  CHECK(places.any_left());
}

TEST_CASE("who takes the last place has to wait, and a place that was given back is there again") {
  Places places;
  places.limit_to(2);
  CHECK(places.take());
  CHECK_FALSE(places.take());
  CHECK_FALSE(places.any_left());
  places.give_back();
  CHECK(places.any_left());
  CHECK_FALSE(places.take());
}

TEST_CASE("a connection that was accepted beyond the last place counts") {
  Places places;
  places.limit_to(1);
  CHECK_FALSE(places.take());
  CHECK_FALSE(places.take());
  places.give_back();
  CHECK_FALSE(places.any_left());
  places.give_back();
  CHECK(places.any_left());
}

TEST_CASE("each connection has three descriptors, or five, besides a reserve") {
  CHECK(Places::count_for({.limit = 1024, .in_use = 32}) == 306);
  CHECK(Places::count_for({.limit = 1024, .in_use = 32, .bridges = true}) == 184);
  CHECK(Places::count_for({.limit = 1024, .in_use = 32, .workers = 21}) == 286);
  CHECK(Places::count_for({.limit = 64, .in_use = 22, .workers = 2}) == 8);
  CHECK(Places::count_for({.limit = SIZE_MAX, .in_use = 32}) > 1'000'000'000);
}

TEST_CASE("there is one place at least") {
  CHECK(Places::count_for({.limit = 20, .in_use = 20}) == 1);
  CHECK(Places::count_for({.limit = 20, .in_use = 30}) == 1);
  CHECK(Places::count_for({.limit = 30, .in_use = 20, .workers = 64}) == 1);
}

}  // namespace
}  // namespace mitm::proxy
