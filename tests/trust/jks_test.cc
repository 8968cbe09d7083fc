#include "lib/trust/jks.h"

#include <catch2/catch.hpp>

using namespace mitm;

namespace {

Bytes sample() { return trust::make_jks({{"one", "certificate 1"}, {"two", "certificate 2"}}); }

}  // namespace

TEST_CASE("a keystore's entries are found") {
  const auto entries = trust::read_jks(sample());
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].alias == "one");
  CHECK((*entries)[1].der == "certificate 2");
}

TEST_CASE("what is put in and taken out again leaves every octet as it was") {
  const Bytes before = sample();
  const Bytes with = trust::jks_with(before, "ours", "certificate 3");
  const auto entries = trust::read_jks(with).value();
  REQUIRE(entries.size() == 3);
  CHECK(entries[2].alias == "ours");
  CHECK(trust::jks_without(with, entries[2]) == before);
  const Bytes without_first = trust::jks_without(before, trust::read_jks(before)->front());
  CHECK(without_first == trust::make_jks({{"two", "certificate 2"}}));
}

TEST_CASE("damage and other passwords are told, wherever they are") {
  const Bytes good = sample();
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK_FALSE(trust::read_jks(bad));
    CHECK_FALSE(trust::read_jks(good.substr(0, at)));
  }
  CHECK_FALSE(trust::read_jks(good + "x"));
}
