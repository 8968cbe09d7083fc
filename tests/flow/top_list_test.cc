#include "lib/flow/top_list.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::flow::TopList;

namespace {

std::string told(const TopList& list, std::size_t at_most) {
  std::string text;
  for (const auto& row : list.top(at_most))
    text += row.name + ' ' + std::to_string(row.count) + ' ';
  return text;
}

}  // namespace

TEST_CASE("names come by how often they came, then by name") {
  TopList list(10);
  for (const char* name : {"c", "b", "a", "c", "b", "d", "c"}) list.add(name, 5);
  CHECK(told(list, 3) == "c 3 b 2 a 1 ");
  CHECK(told(list, 100) == "c 3 b 2 a 1 d 1 ");
  CHECK(list.top(1)[0].octets == 15);
  CHECK(list.size() == 4);
  CHECK(list.excess() == 0);
}

TEST_CASE("however many names come, memory is bounded and frequent ones stay") {
  TopList list(100);
  std::uint64_t frequent = 0;
  for (int i = 0; i < 100'000; ++i) {
    list.add("rare" + std::to_string(i));
    if (i % 20 == 0) {
      list.add("frequent");
      ++frequent;
    }
  }
  CHECK(list.size() <= 200);
  const auto first = list.top(1)[0];
  CHECK(first.name == "frequent");
  CHECK(first.count >= frequent);
  CHECK(first.count <= frequent + list.excess());
}

TEST_CASE("what returns after it was forgotten is not told too small") {
  TopList list(1);
  for (const char* name : {"a", "a", "a", "b", "b", "c", "b", "d", "b"}) list.add(name);
  for (const auto& row : list.top(2)) {
    if (row.name == "b") CHECK(row.count >= 4);
    if (row.name == "a") CHECK(row.count >= 3);
  }
}

TEST_CASE("long names are cut") {
  TopList list(10);
  list.add(std::string(1000, 'x'));
  list.add(std::string(2000, 'x'));
  REQUIRE(list.size() == 1);
  CHECK(list.top(1)[0].name.size() == 256);
}
