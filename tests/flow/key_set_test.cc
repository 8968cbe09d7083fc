#include "lib/flow/key_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace mitm::flow;

TEST_CASE("a set of keys holds what a set holds") {
  KeySet keys;
  std::set<std::pair<std::uint16_t, std::uint64_t>> expected;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto source = static_cast<std::uint16_t>(random() % 3);
    const std::uint64_t id = i % 5 == 0 ? random() : random() % 5'000;
    if (random() % 3 == 0) {
      keys.erase({source, id});
      expected.erase({source, id});
    } else {
      keys.insert({source, id});
      expected.insert({source, id});
    }
  }
  CHECK(keys.size() == expected.size());
  for (std::uint64_t id = 0; id < 5'000; ++id) {
    for (std::uint16_t source = 0; source < 4; ++source)
      CHECK(keys.contains({source, id}) == expected.contains({source, id}));
  }
}

TEST_CASE("the largest ids are ids too") {
  KeySet keys;
  keys.insert({65535, UINT64_MAX});
  keys.insert({65535, UINT64_MAX});
  CHECK(keys.contains({65535, UINT64_MAX}));
  CHECK(keys.size() == 1);
  keys.erase({65535, UINT64_MAX});
  keys.erase({65535, UINT64_MAX});
  CHECK(keys.size() == 0);
}
