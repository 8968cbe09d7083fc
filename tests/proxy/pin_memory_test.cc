#include "lib/proxy/pin_memory.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "tests/support/manual_clock.h"

using namespace mitm;
using namespace mitm::proxy;
using namespace std::chrono_literals;
using Sign = PinMemory::Sign;

namespace {

const TlsClient kApp{.address = "192.0.2.1", .ja4 = "t13d", .server = "pinned.example"};

struct Fixture {
  test::ManualClock clock;
  std::vector<TlsClient> announced;
  PinMemory pins{1h, clock, [this](const TlsClient& client) { announced.push_back(client); }};
};

}  // namespace

TEST_CASE("a client that refuses our certificate is passed through for a while") {
  Fixture fixture;
  CHECK_FALSE(fixture.pins.contains(kApp));
  fixture.pins.note(kApp, Sign::kRefusal);
  CHECK(fixture.pins.contains(kApp));
  CHECK(fixture.announced == std::vector{kApp});
  fixture.clock.advance(59min);
  CHECK(fixture.pins.contains(kApp));
  fixture.clock.advance(2min);
  CHECK_FALSE(fixture.pins.contains(kApp));
  fixture.pins.note(kApp, Sign::kRefusal);
  CHECK(fixture.pins.contains(kApp));
  CHECK(fixture.announced.size() == 2);
  CHECK(fixture.pins.all() == std::vector{kApp});
}

TEST_CASE("one that only goes away is given another chance") {
  Fixture fixture;
  fixture.pins.note(kApp, Sign::kDoubt);
  CHECK_FALSE(fixture.pins.contains(kApp));
  fixture.pins.trust(kApp);
  fixture.pins.note(kApp, Sign::kDoubt);
  CHECK_FALSE(fixture.pins.contains(kApp));
  fixture.pins.note(kApp, Sign::kDoubt);
  CHECK(fixture.pins.contains(kApp));
}

TEST_CASE("others are not meant") {
  Fixture fixture;
  fixture.pins.note(kApp, Sign::kRefusal);
  for (const TlsClient& other :
       {TlsClient{"192.0.2.2", kApp.ja4, kApp.server}, TlsClient{kApp.address, "t12d", kApp.server},
        TlsClient{kApp.address, kApp.ja4, "other.example"}})
    CHECK_FALSE(fixture.pins.contains(other));
}

TEST_CASE("a clock that is set back prolongs nothing") {
  Fixture fixture;
  fixture.pins.note(kApp, Sign::kRefusal);
  fixture.clock.advance(-24h);
  CHECK_FALSE(fixture.pins.contains(kApp));
}

TEST_CASE("without a lifetime nobody is remembered") {
  test::ManualClock clock;
  PinMemory pins(Duration::zero(), clock, nullptr);
  pins.note(kApp, Sign::kRefusal);
  CHECK_FALSE(pins.contains(kApp));
  CHECK(pins.all().empty());
}

TEST_CASE("who cannot be passed through is told of once, with a lifetime or without") {
  const auto lifetime = GENERATE(Duration::zero(), Duration(1h));
  test::ManualClock clock;
  std::vector<TlsClient> announced;
  PinMemory pins(lifetime, clock, [&](const TlsClient& client) { announced.push_back(client); });
  TlsClient client = kApp;
  client.can_be_passed = false;
  pins.note(client, Sign::kDoubt);
  CHECK(announced.empty());
  pins.note(client, Sign::kDoubt);
  CHECK(announced == std::vector{client});
  pins.trust(client);
  pins.note(client, Sign::kRefusal);
  CHECK(announced.size() == 1);
  CHECK_FALSE(pins.contains(client));
  CHECK_FALSE(pins.contains(kApp));
  CHECK(pins.all().empty());
}

TEST_CASE("there is an end to what is told of those") {
  test::ManualClock clock;
  std::size_t announced = 0;
  PinMemory pins(1h, clock, [&](const TlsClient&) { ++announced; });
  for (std::size_t i = 0; i < PinMemory::kListed + 10; ++i)
    pins.note({"192.0.2.1", "", "n" + std::to_string(i), false}, Sign::kRefusal);
  CHECK(announced == PinMemory::kListed);
}
