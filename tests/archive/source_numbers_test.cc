#include "lib/archive/source_numbers.h"

#include <catch2/catch.hpp>

using mitm::archive::SourceNumbers;

TEST_CASE("the numbers of a merged file stay as they are") {
  SourceNumbers numbers;
  CHECK(numbers.add(0, {.run_id = 1}) == 0);
  CHECK(numbers.add(5, {.run_id = 2}) == 5);
  CHECK(numbers.of(5) == 5);
  CHECK(numbers.of(0) == 0);
}

TEST_CASE("joined archives get numbers of their own") {
  SourceNumbers numbers;
  numbers.add(0, {.run_id = 1});
  numbers.add(1, {.run_id = 2});
  numbers.end_archive();
  CHECK(numbers.add(0, {.run_id = 3}) == 2);
  CHECK(numbers.add(1, {.run_id = 4}) == 3);
  CHECK(numbers.of(0) == 2);
  CHECK(numbers.of(1) == 3);
}

TEST_CASE("the next file of a run continues its number, the same file again does not") {
  SourceNumbers numbers;
  numbers.add(0, {.run_id = 1, .file_number = 1});
  numbers.end_archive();
  CHECK(numbers.add(0, {.run_id = 1, .file_number = 2}) == 0);
  numbers.end_archive();
  CHECK(numbers.add(0, {.run_id = 1, .file_number = 2}) == 1);
}

TEST_CASE("records whose header was lost are not mixed with those of another archive") {
  SourceNumbers numbers;
  numbers.add(0, {.run_id = 1});
  numbers.end_archive();
  CHECK(numbers.of(0) == 1);
  CHECK(numbers.of(0) == 1);
}

TEST_CASE("when all numbers are taken the last one is shared") {
  SourceNumbers numbers;
  CHECK(numbers.add(65535, {.run_id = 1}) == 65535);
  CHECK(numbers.add(65535, {.run_id = 2}) == 65535);
}
