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
