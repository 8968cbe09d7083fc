#include "lib/proxy/stillness.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using Verdict = Stillness::Verdict;

const Stillness::TimePoint kStart{1h};

TEST_CASE("what moves is never judged, what stands still is by what it waits for") {
  const StillnessLimits limits{.first_byte = 10s, .idle = 30s};
  Stillness stillness(kStart);
  CHECK(stillness.judge(1, Waiting::kAnswer, limits, kStart + 40s) == Verdict::kGoOn);
  CHECK(stillness.judge(1, Waiting::kAnswer, limits, kStart + 49s) == Verdict::kGoOn);
  CHECK(stillness.judge(1, Waiting::kPeers, limits, kStart + 55s) == Verdict::kGoOn);
  CHECK(stillness.judge(1, Waiting::kAnswer, limits, kStart + 50s) == Verdict::kNoAnswer);
  CHECK(stillness.judge(1, Waiting::kPeers, limits, kStart + 70s) == Verdict::kIdle);
  CHECK(stillness.judge(2, Waiting::kPeers, limits, kStart + 71s) == Verdict::kGoOn);
}

TEST_CASE("what has a deadline of its own begins anew after it") {
  const StillnessLimits limits{.first_byte = 10s, .idle = 10s};
  Stillness stillness(kStart);
  CHECK(stillness.judge(0, Waiting::kElse, limits, kStart + 1h) == Verdict::kGoOn);
  CHECK(stillness.judge(0, Waiting::kPeers, limits, kStart + 1h + 9s) == Verdict::kGoOn);
  CHECK(stillness.judge(0, Waiting::kPeers, limits, kStart + 1h + 10s) == Verdict::kIdle);
}

TEST_CASE("0 is for ever, and an answer that may take for ever is idle at some point") {
  Stillness stillness(kStart);
  const StillnessLimits never{.first_byte = 0ms, .idle = 0ms};
  CHECK_FALSE(never.any());
  CHECK(stillness.judge(0, Waiting::kAnswer, never, kStart + 1000h) == Verdict::kGoOn);
  CHECK(stillness.judge(0, Waiting::kAnswer, {.first_byte = 0ms, .idle = 10s}, kStart + 10s) ==
        Verdict::kIdle);
}

TEST_CASE("looking costs little, and short limits are kept") {
  CHECK(StillnessLimits{}.interval() == 5s);
  CHECK(StillnessLimits{.first_byte = 0ms, .idle = 2s}.interval() == 500ms);
  CHECK(StillnessLimits{.first_byte = 1ms, .idle = 2s}.interval() == 50ms);
}

TEST_CASE("what is idle may be so for a second where it is in the way, unless it may be for ever") {
  const auto shortened = [](std::chrono::milliseconds idle) {
    StillnessLimits limits{.first_byte = 5s, .idle = idle};
    limits.shorten_idle();
    CHECK(limits.first_byte == 5s);
    return limits.idle;
  };
  CHECK(shortened(600s) == 1s);
  CHECK(shortened(300ms) == 300ms);
  CHECK(shortened(0ms) == 0ms);
}

}  // namespace
}  // namespace mitm::proxy
