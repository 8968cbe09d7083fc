#include "lib/cli/flag.h"

#include <catch2/catch.hpp>

#include "tests/cli/sample.h"

TEST_CASE("flags are found by name and letter") {
  const auto flags = mitm::cli::all_flags(mitm::test::sample_program());
  REQUIRE(mitm::cli::find_long(flags, "read") != nullptr);
  CHECK(mitm::cli::find_long(flags, "read") == mitm::cli::find_short(flags, 'r'));
  CHECK(mitm::cli::find_long(flags, "rea") == nullptr);
  CHECK(mitm::cli::find_short(flags, 'Z') == nullptr);
  CHECK(mitm::cli::find_short(flags, 0) == nullptr);
}

TEST_CASE("every program has help and version") {
  const auto flags = mitm::cli::all_flags(mitm::cli::Program{});
  CHECK(mitm::cli::find_short(flags, 'h') != nullptr);
  CHECK(mitm::cli::find_short(flags, 'V') != nullptr);
}

TEST_CASE("a subcommand has its flags, the program's and everybody's") {
  const auto program = mitm::test::sample_program_with_subcommands();
  const auto* init = mitm::cli::find_subcommand(program, "init");
  REQUIRE(init != nullptr);
  const auto flags = mitm::cli::all_flags(program, init);
  for (const char* name : {"days", "home", "help"})
    CHECK(mitm::cli::find_long(flags, name) != nullptr);
  CHECK(mitm::cli::find_long(mitm::cli::all_flags(program), "days") == nullptr);
  CHECK(mitm::cli::find_subcommand(program, "") == nullptr);
}
