#include "lib/tls/verified_chains.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace std::chrono_literals;

namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};
const Bytes kOne(32, '1');
const Bytes kTwo(32, '2');

}  // namespace

TEST_CASE("a chain is known for the name it was found good for") {
  tls::VerifiedChains chains;
  CHECK_FALSE(chains.find(kOne, "a.example", kNow));
  chains.insert(kOne, "a.example", kNow, kNow + 24h);
  CHECK(chains.find(kOne, "a.example", kNow));
  CHECK_FALSE(chains.find(kOne, "b.example", kNow));
  CHECK_FALSE(chains.find(kTwo, "a.example", kNow));
}

TEST_CASE("a chain is known for ten minutes") {
  tls::VerifiedChains chains;
  chains.insert(kOne, "a.example", kNow, kNow + 24h);
  CHECK(chains.find(kOne, "a.example", kNow + 10min - 1ns));
  CHECK_FALSE(chains.find(kOne, "a.example", kNow + 10min));
  // A clock that was put back must not make it longer.
  CHECK_FALSE(chains.find(kOne, "a.example", kNow - 1h));
}

TEST_CASE("a chain is not known longer than its certificates are valid") {
  tls::VerifiedChains chains;
  chains.insert(kOne, "a.example", kNow, kNow + 1min);
  CHECK(chains.find(kOne, "a.example", kNow + 1min - 1ns));
  CHECK_FALSE(chains.find(kOne, "a.example", kNow + 1min));
}
