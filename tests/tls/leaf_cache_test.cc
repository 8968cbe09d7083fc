#include "lib/tls/leaf_cache.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using std::chrono::days;

namespace {

struct SettableClock : Clock {
  [[nodiscard]] Time now() const override { return time; }
  Time time = mitm::test::now();
};

struct Fixture {
  explicit Fixture(std::size_t bound = 10) : cache(*minter, clock, bound) {}

  SettableClock clock;
  std::unique_ptr<tls::LeafMinter> minter = tls::LeafMinter::create(shared_ca()).value();
  tls::LeafCache cache;
};

std::shared_ptr<const flow::CertificateChain> original(const std::string& name) {
  return to_leaf(make_self_signed({.common_name = name, .names = {name}})).chain();
}

}  // namespace

TEST_CASE("the same request gets the same leaf") {
  Fixture fixture;
  const auto first = fixture.cache.get({.host = "a.example"}).value();
  CHECK(fixture.cache.get({.host = "a.example"}).value() == first);
  CHECK(fixture.cache.size() == 1);
}

TEST_CASE("host, key type, original and further names each make another leaf") {
  Fixture fixture;
  const auto plain = fixture.cache.get({.host = "a.example"}).value();
  CHECK(fixture.cache.get({.host = "b.example"}).value() != plain);
  CHECK(fixture.cache.get({.host = "a.example", .key = tls::KeyType::kRsa}).value() != plain);
  CHECK(fixture.cache.get({.host = "a.example", .besides = {"b", "c"}}).value() != plain);
  CHECK(fixture.cache.get({.host = "a.example", .besides = {"b"}}).value() != plain);
  CHECK(fixture.cache.size() == 5);
  const auto one = original("a.example");
  const auto cloned = fixture.cache.get({.host = "a.example", .original = one}).value();
  CHECK(cloned != plain);
  CHECK(fixture.cache.get({.host = "a.example", .original = one}).value() == cloned);
  CHECK(fixture.cache.get({.host = "a.example", .original = original("a.example")}).value() !=
        cloned);
}

TEST_CASE("the leaf not used for longest goes first") {
  Fixture fixture(2);
  const auto a = fixture.cache.get({.host = "a.example"}).value();
  const auto b = fixture.cache.get({.host = "b.example"}).value();
  CHECK(fixture.cache.get({.host = "a.example"}).value() == a);
  CHECK(fixture.cache.get({.host = "c.example"}));
  CHECK(fixture.cache.size() == 2);
  CHECK(fixture.cache.get({.host = "a.example"}).value() == a);
  CHECK(fixture.cache.get({.host = "b.example"}).value() != b);
}

TEST_CASE("a leaf near its end is minted again") {
  Fixture fixture;
  const auto first = fixture.cache.get({.host = "a.example"}).value();
  fixture.clock.time = first->facts().not_after - std::chrono::hours(2);
  CHECK(fixture.cache.get({.host = "a.example"}).value() == first);
  fixture.clock.time = first->facts().not_after - std::chrono::minutes(30);
  const auto second = fixture.cache.get({.host = "a.example"}).value();
  CHECK(second != first);
  CHECK(second->is_valid_at(fixture.clock.time + days(100)));
  CHECK(fixture.cache.size() == 1);
}

TEST_CASE("a failure is not cached") {
  Fixture fixture;
  CHECK_FALSE(fixture.cache.get({.host = "not a name"}));
  CHECK(fixture.cache.size() == 0);
}

TEST_CASE("threads share the cache") {
  Fixture fixture(5);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&fixture] {
      for (int i = 0; i < 40; ++i) {
        const auto leaf = fixture.cache.get({.host = "h" + std::to_string(i % 8) + ".example"});
        if (!leaf) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(fixture.cache.size() == 5);
}
