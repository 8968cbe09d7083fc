#include "lib/proxy/places.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace mitm::proxy {
namespace {

/// How many connections there can be, all of them on their way to a server or all of them there.
std::size_t connections(const Places::Descriptors& descriptors, bool settled) {
  const auto room = Places::room_for(descriptors);
  Places places;
  places.limit_to(room);
  std::size_t count = 1;
  while (places.take()) {
    ++count;
    if (settled) places.settle();
  }
  return count;
}

TEST_CASE("without a limit there is always another place") {
  Places places;
  for (int i = 0; i < 100'000; ++i) REQUIRE(places.take());
  CHECK(places.any_left());
  places.settle();
  places.give_back(true);
  CHECK(places.any_left());
}

TEST_CASE("who looks for another server needs more than who has one") {
  Places places;
  places.limit_to({.descriptors = 6, .each = 3});
  CHECK(places.take());
  places.settle();
  CHECK(places.any_left());
  CHECK_FALSE(places.take());
  places.give_back(false);
  CHECK(places.any_left());
  places.unsettle();
  CHECK(places.any_left());
  places.give_back(false);
  CHECK(places.take());
  CHECK_FALSE(places.take());
}

TEST_CASE("that places become scarce is told when somebody begins to wait and nobody else does") {
  Places places;
  int told = 0;
  places.on_scarce([&] { ++told; });
  places.begin_wait();
  places.begin_wait();
  CHECK(told == 1);
  places.end_wait();
  CHECK(places.are_scarce());
  places.end_wait();
  places.begin_wait();
  CHECK(told == 2);
}

TEST_CASE("who takes the last place has to wait, and a place that was given back is there again") {
  Places places;
  places.limit_to({.descriptors = 6, .each = 3});
  CHECK(places.take());
  CHECK_FALSE(places.take());
  CHECK_FALSE(places.any_left());
  places.give_back(false);
  CHECK(places.any_left());
  CHECK_FALSE(places.take());
}

TEST_CASE("connections that have their servers leave room for more") {
  Places places;
  places.limit_to({.descriptors = 7, .each = 3});
  CHECK(places.take());
  CHECK_FALSE(places.take());
  places.settle();
  CHECK_FALSE(places.any_left());
  places.settle();
  CHECK(places.any_left());
  CHECK_FALSE(places.take());
  places.give_back(true);
  CHECK_FALSE(places.any_left());
  places.give_back(false);
  CHECK(places.any_left());
}

TEST_CASE("a connection that was accepted beyond the last place counts") {
  Places places;
  places.limit_to({.descriptors = 3, .each = 3});
  CHECK_FALSE(places.take());
  CHECK_FALSE(places.take());
  places.give_back(false);
  CHECK_FALSE(places.any_left());
  places.give_back(false);
  CHECK(places.any_left());
}

TEST_CASE("connections have what a reserve leaves, three descriptors each and then two") {
  CHECK(connections({.limit = 1024, .in_use = 32}, false) == 306);
  CHECK(connections({.limit = 1024, .in_use = 32}, true) == 459);
  CHECK(connections({.limit = 1024, .in_use = 32, .workers = 21}, false) == 286);
  CHECK(connections({.limit = 64, .in_use = 22, .workers = 2}, false) == 8);
  CHECK(Places::room_for({.limit = SIZE_MAX, .in_use = 32}).descriptors > 1'000'000'000);
}

TEST_CASE("there is one place at least") {
  CHECK(connections({.limit = 20, .in_use = 20}, false) == 1);
  CHECK(connections({.limit = 20, .in_use = 30}, false) == 1);
  CHECK(connections({.limit = 30, .in_use = 20, .workers = 64}, false) == 1);
}

}  // namespace
}  // namespace mitm::proxy
