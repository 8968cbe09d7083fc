#include "cmd/mitm-record/flags.h"

#include <catch2/catch.hpp>

#include "lib/cli/check.h"

TEST_CASE("the table of mitm-record is sound") {
  CHECK(mitm::cli::check(mitm::record::program()) == std::vector<std::string>{});
}
