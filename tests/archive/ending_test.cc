#include <catch2/catch.hpp>

#include "lib/archive/reader.h"

using mitm::archive::describe;
using mitm::archive::Ending;
using Lines = std::vector<std::string>;

TEST_CASE("a clean ending needs no words") {
  CHECK(describe(Ending{.finished = true}).empty());
  CHECK(Ending{.finished = true}.lossless());
}

TEST_CASE("every loss is named with its place") {
  CHECK(describe({.torn_at = 4711}) == Lines{"torn tail at byte 4711"});
  CHECK(describe({.finished = true, .skipped = {{10, 5}, {100, 7}}}) ==
        Lines{"5 bytes skipped at byte 10", "7 bytes skipped at byte 100"});
  CHECK(describe({}) == Lines{"not closed cleanly"});
  CHECK_FALSE(Ending{.torn_at = 1}.lossless());
  CHECK_FALSE(Ending{.finished = true, .skipped = {{1, 1}}}.lossless());
  CHECK_FALSE(Ending{}.lossless());
}

TEST_CASE("records of a later version are mentioned and no loss") {
  const Ending ending{.finished = true, .unknown_records = 3};
  CHECK(ending.lossless());
  CHECK(describe(ending) == Lines{"3 records of unknown kinds left out"});
}
