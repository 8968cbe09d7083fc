#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/wire/client_hello.h"
#include "lib/wire/oddities.h"

TEST_CASE("the description of the formats names every anomaly as the decoder does") {
  const auto readme = mitm::read_file(MITM_FORMATS_README, 1 << 20);
  REQUIRE(readme);
  for (const auto& oddity : mitm::wire::kOddities) {
    const auto row = fmt::format("| `{}` | {} | {} |", oddity.name, oddity.framing ? "yes" : "",
                                 oddity.explanation);
    INFO(row);
    CHECK(readme->find(row) != std::string::npos);
  }
  for (const auto name : {mitm::wire::kBadClientHello, mitm::wire::kBadServerName})
    CHECK(readme->find(fmt::format("| `{}` |", name)) != std::string::npos);
}
