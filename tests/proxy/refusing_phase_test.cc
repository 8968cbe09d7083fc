#include <catch2/catch.hpp>

#include "lib/proxy/phases.h"
#include "tests/support/session_fixture.h"

namespace mitm::proxy {
namespace {

using test::run_until;
using test::SessionFixture;

TEST_CASE("a connection that is refused ends with a reset, a record and a word to the user") {
  SessionFixture fixture;
  fixture.session->enter(
      make_refusing_phase(*fixture.session, {"loop", "round and round"}, "mend the rules"));
  CHECK(fixture.retired == 1);
  CHECK(fixture.reports == std::vector<std::string>{"loop: round and round / mend the rules"});
  REQUIRE(run_until(*fixture.loop, [&] { return !fixture.client->is_quiet(0); }));
  fixture.client->read_to_end();
  CHECK(fixture.client->ending() == test::Ending::kReset);
  const auto lines = fixture.lines();
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.find("incomplete error loop") != std::string::npos;
        }) == 1);
}

}  // namespace
}  // namespace mitm::proxy
