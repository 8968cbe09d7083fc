#include "lib/proxy/trial.h"

#include <catch2/catch.hpp>

#include "tests/support/manual_clock.h"

namespace mitm::proxy {
namespace {

const TlsClient kClient{.address = "192.0.2.1", .ja4 = "ja4", .server = "a.example"};
const flow::FlowError kReset{"client-reset", "Connection reset by peer"};

struct Fixture {
  test::ManualClock clock;
  PinMemory pins{std::chrono::hours(1), clock, nullptr};
  Trial trial{pins, kClient};
  /// Whether its client is doubted, which two doubts in a row show.
  bool doubted() {
    pins.note(kClient, PinMemory::Sign::kDoubt);
    return pins.contains(kClient);
  }
};

TEST_CASE("a client that leaves without a word is doubted, and to be recorded") {
  Fixture t;
  t.trial.on_end(flow::Side::kClient);
  const auto failure = t.trial.judge(std::nullopt);
  REQUIRE(failure);
  CHECK(failure->kind == "tls-client");
  CHECK(t.doubted());
}

TEST_CASE("so is one that resets the connection") {
  Fixture t;
  CHECK(t.trial.judge(kReset));
  CHECK(t.doubted());
}

TEST_CASE(
    "one that has said something is trusted, and one whose server spoke or left is not judged") {
  const auto who = GENERATE(flow::Side::kClient, flow::Side::kServer);
  Fixture t;
  t.trial.on_word(who);
  t.trial.on_end(flow::Side::kClient);
  CHECK(t.trial.is_over());
  CHECK_FALSE(t.trial.judge(kReset));
  CHECK_FALSE(t.doubted());
  Fixture left;
  left.trial.on_end(flow::Side::kServer);
  left.trial.on_end(flow::Side::kClient);
  CHECK_FALSE(left.trial.judge(std::nullopt));
}

TEST_CASE("who stays, and ends with the recording, is not judged") {
  Fixture t;
  CHECK(t.trial.is_young());
  CHECK_FALSE(t.trial.judge(std::nullopt));
  CHECK_FALSE(t.trial.judge(flow::FlowError{"aborted", "the recording was stopped"}));
  CHECK_FALSE(t.doubted());
}

}  // namespace
}  // namespace mitm::proxy
