#include "lib/net/lookup.h"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "tests/support/run_loop.h"

// What becomes of name servers that are silent or late about IPv6 is seen end to end, with one that
// is.

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::make_loop;
using test::run_for;
using test::run_until;

TEST_CASE("a lookup answers once, with the port that was asked for") {
  const auto loop = make_loop();
  Resolver resolver(1);
  std::vector<Result<Addresses>> answers;
  const Lookup lookup(*loop, resolver, "localhost", 4711, [&](Result<Addresses> answer, bool last) {
    CHECK(last);
    answers.push_back(std::move(answer));
  });
  CHECK(answers.empty());  // never from within the constructor
  REQUIRE(run_until(*loop, [&] { return !answers.empty(); }));
  run_for(*loop, Lookup::kBothFamilies + 100ms);
  REQUIRE(answers.size() == 1);
  REQUIRE(answers[0].has_value());
  CHECK(to_endpoint(answers[0]->front().get()).port == 4711);
}

TEST_CASE("that there is no such name is an answer") {
  const auto loop = make_loop();
  Resolver resolver(2);
  std::vector<Result<Addresses>> answers;
  const Lookup lookup(*loop, resolver, "no-such-host.invalid", 80,
                      [&](Result<Addresses> answer, bool last) {
                        CHECK(last);
                        answers.push_back(std::move(answer));
                      });
  REQUIRE(run_until(*loop, [&] { return !answers.empty(); }));
  run_for(*loop, 30ms);
  REQUIRE(answers.size() == 1);
  CHECK_FALSE(answers[0].has_value());
}

TEST_CASE("a lookup that is gone calls nobody, and may go within its callback") {
  const auto loop = make_loop();
  Resolver resolver(2);
  int answers = 0;
  {
    const Lookup gone(*loop, resolver, "localhost", 1, [&](const auto&, bool) { ++answers; });
  }
  std::optional<Lookup> lookup;
  lookup.emplace(*loop, resolver, "localhost", 2, [&](const auto&, bool) {
    ++answers;
    lookup.reset();
  });
  REQUIRE(run_until(*loop, [&] { return !lookup; }));
  run_for(*loop, 30ms);
  CHECK(answers == 1);
}

}  // namespace
}  // namespace mitm::net
