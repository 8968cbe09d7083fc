#include "cmd/mitm-dump/flags.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "lib/cli/check.h"

TEST_CASE("the table of mitm-dump is sound") {
  CHECK(mitm::cli::check(mitm::dump::program()) == std::vector<std::string>{});
}
