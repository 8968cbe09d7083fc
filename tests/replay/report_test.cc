#include "lib/replay/report.h"

#include <catch2/catch.hpp>

namespace mitm::replay {
namespace {

Trial trial(std::optional<std::uint16_t> recorded, Result<Answer> answer, bool sent = true) {
  return {"12", "GET", "http://a/", recorded, {std::move(answer), sent}};
}

Answer answer(std::uint16_t status) { return {status, std::chrono::microseconds(3140), true}; }

TEST_CASE("a line tells both statuses and the latency, and marks differences") {
  CHECK(describe(trial(200, answer(200))) == "12 GET http://a/ 200 -> 200 3.1 ms");
  CHECK(describe(trial(200, answer(404))) == "12 GET http://a/ 200 -> 404 3.1 ms different");
  CHECK(describe(trial(std::nullopt, answer(200))) ==
        "12 GET http://a/ - -> 200 3.1 ms not answered when recorded");
}

TEST_CASE("a line tells why there is no answer, and what would help") {
  CHECK(describe(trial(200, fail(Code::kPeer, "reset"))) ==
        "12 GET http://a/ 200 -> failed: reset");
  CHECK(describe(trial(200, fail(Code::kTls, "expired", "use -k"), false)) ==
        "12 GET http://a/ 200 -> not sent: expired (use -k)");
}

TEST_CASE("only another status or no answer is a difference") {
  CHECK(judge(trial(200, answer(200))) == Judgement::kAlike);
  CHECK(judge(trial(200, answer(500))) == Judgement::kDifferent);
  CHECK(judge(trial(std::nullopt, answer(500))) == Judgement::kNew);
  CHECK(judge(trial(std::nullopt, fail(Code::kPeer, "x"))) == Judgement::kFailed);
  CHECK(judge(trial(std::nullopt, fail(Code::kPeer, "x"), false)) == Judgement::kFailed);
  CHECK_FALSE(is_difference(Judgement::kAlike));
  CHECK_FALSE(is_difference(Judgement::kNew));
  CHECK(is_difference(Judgement::kDifferent));
  CHECK(is_difference(Judgement::kFailed));
}

TEST_CASE("the verdict counts what happened") {
  Tally tally;
  tally.add(trial(200, answer(200)));
  CHECK_FALSE(tally.differs());
  CHECK(verdict(tally) == "all alike: 1 of 1 requests alike, 0 different, 0 failed; 0 skipped");
  tally.add(trial(200, answer(404)));
  tally.add(trial(200, fail(Code::kPeer, "x"), false));
  tally.add(trial(std::nullopt, answer(200)));
  tally.skipped = 2;
  CHECK(tally.differs());
  CHECK(verdict(tally) ==
        "differences: 1 of 4 requests alike, 1 different, 1 without a recorded answer, 1 failed; 2 "
        "skipped");
}

TEST_CASE("a request that fails is a difference, answered when recorded or not") {
  Tally tally;
  tally.add(trial(std::nullopt, fail(Code::kPeer, "reset")));
  CHECK(tally.differs());
  CHECK(verdict(tally) == "differences: 0 of 1 requests alike, 0 different, 1 failed; 0 skipped");
}

TEST_CASE("what was stopped is not called alike") {
  Tally tally;
  tally.add(trial(200, answer(200)));
  tally.stopped = true;
  CHECK(verdict(tally).starts_with("stopped: 1 of 1"));
}

TEST_CASE("without anything recorded there is nothing to compare") {
  Tally tally;
  tally.add(trial(std::nullopt, answer(200)));
  CHECK_FALSE(tally.differs());
  CHECK(verdict(tally).starts_with("nothing to compare: 0 of 1 requests alike"));
}

}  // namespace
}  // namespace mitm::replay
