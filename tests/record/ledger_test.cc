#include "cmd/mitm-record/ledger.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace mitm;
using record::Ledger;

namespace {

/// Writes down what it is given; refuses what a test says.
struct Notes {
  std::vector<flow::Record> records;
  std::vector<std::string> errors;
  std::vector<flow::CaptureGap> resumed;
  std::vector<std::string> reopened;  ///< where, or why not
  bool can_reopen = true;
  int enough = 0;
  std::size_t refuse_after = SIZE_MAX;
  Code refusal = Code::kIo;
  std::uint64_t uncertain = 0;  ///< so many of the last records may still be lost
  /// What the next record is given with, when that is the time to tell of a loss.
  std::function<void()> on_next = {};
  std::vector<flow::CaptureGap> truncated;
};

/// As an archive does, it holds the record at which it fails first.
class Notebook final : public record::RecordKeeper {
 public:
  explicit Notebook(Notes& notes) : notes_(notes) {}
  Status consume(const flow::Record& record) override {
    if (notes_.on_next) std::exchange(notes_.on_next, nullptr)();
    const bool gap = std::holds_alternative<flow::CaptureGap>(record.event);
    const bool refuse = !gap && notes_.records.size() >= notes_.refuse_after;
    if (refuse && notes_.refusal == Code::kLimit) return fail(Code::kLimit, "refused");
    if (!failed_) notes_.records.push_back(record);
    failed_ = failed_ || refuse;
    return status();
  }
  Status idle() override { return status(); }
  Status finish(const flow::Totals&) override { return status(); }
  Status resume() override {
    failed_ = notes_.records.size() > notes_.refuse_after;
    return status();
  }
  Result<std::string> reopen() override {
    if (!notes_.can_reopen) return fail(Code::kIo, "no such folder");
    return "file";
  }
  [[nodiscard]] std::uint64_t kept() const override {
    return notes_.records.size() - notes_.uncertain;
  }
  [[nodiscard]] std::uint64_t hurried_frames() const override { return 3; }

 private:
  [[nodiscard]] Status status() const {
    return failed_ ? fail(notes_.refusal, "refused") : Status{};
  }

  Notes& notes_;
  bool failed_ = false;
};

struct Fixture {
  explicit Fixture(record::LedgerOptions options = {})
      : ledger(std::make_unique<Notebook>(notes), counters,
               {.on_error = [this](const Error& error) { notes.errors.push_back(error.message); },
                .on_resumed = [this](const auto& gap) { notes.resumed.push_back(gap); },
                .on_reopened =
                    [this](const Result<std::string>& path) {
                      notes.reopened.push_back(path ? *path : path.error().message);
                    },
                .on_truncated = [this](const auto&,
                                       const auto& gap) { notes.truncated.push_back(gap); },
                .on_enough = [this] { ++notes.enough; }},
               options) {}

  void flow(flow::FlowId id, const flow::FlowEnd& end = {}) {
    REQUIRE(ledger.consume({Time{}, 1, id, 0, flow::RequestHead{.method = "GET"}}));
    REQUIRE(ledger.consume({Time{}, 1, id, 0, end}));
  }

  Notes notes;
  proxy::Counters counters;
  Ledger ledger;
};

constexpr record::LedgerOptions kPass{.disk_full = record::DiskFull::kPass,
                                      .retry_interval = std::chrono::milliseconds(0)};

}  // namespace

TEST_CASE("a ledger counts flows when they are recorded") {
  Fixture fixture;
  fixture.flow(1);
  fixture.flow(2, {.kind = flow::Kind::kTls, .passed = true});
  CHECK(fixture.notes.records.size() == 4);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 2, .recorded = 1, .passed = 1});
}

TEST_CASE("a record that the archive cannot hold becomes a gap, and the recording goes on") {
  Fixture fixture;
  fixture.notes.refuse_after = 0;
  fixture.notes.refusal = Code::kLimit;
  REQUIRE(fixture.ledger.consume({Time{}, 1, 7, 0, flow::RequestHead{.method = "GET"}}));
  REQUIRE(fixture.notes.records.size() == 1);
  const auto& gap = std::get<flow::CaptureGap>(fixture.notes.records[0].event);
  CHECK(fixture.notes.records[0].flow == 7);
  CHECK(gap.records == 1);
  CHECK(gap.reason == "refused");
  CHECK(fixture.notes.errors.empty());
}

TEST_CASE("after a failure flows are lost, which is counted and told once") {
  Fixture fixture;
  fixture.flow(1);
  fixture.notes.refuse_after = 2;
  fixture.flow(2);
  fixture.flow(3);
  CHECK(fixture.notes.errors == std::vector<std::string>{"refused"});
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 3, .recorded = 1, .lost = 2});
  CHECK(fixture.ledger.finish({}).error().message == "refused");
  CHECK(fixture.notes.resumed.empty());
}

TEST_CASE("flows that were counted and cannot be written in the end are lost") {
  Fixture fixture;
  fixture.notes.uncertain = 2;
  for (flow::FlowId id = 1; id <= 3; ++id) fixture.flow(id);
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.counters.totals().recorded == 3);
  fixture.notes.refuse_after = 0;
  fixture.flow(4, {.kind = flow::Kind::kTls, .passed = true});
  fixture.notes.uncertain = 3;
  CHECK_FALSE(fixture.ledger.finish({}));
  CHECK(fixture.counters.totals() ==
        flow::Totals{.seen = 4, .recorded = 2, .lost = 2, .hurried_frames = 3});
}

TEST_CASE("what stopped for want of room is closed with a gap if there is room at the end") {
  Fixture fixture;
  fixture.flow(1);
  fixture.notes.refuse_after = 2;
  fixture.flow(2);
  fixture.flow(3);
  fixture.notes.refuse_after = SIZE_MAX;
  CHECK(fixture.ledger.finish({}).error().message == "refused");
  REQUIRE(fixture.notes.resumed.size() == 1);
  CHECK(fixture.notes.resumed[0].records == 3);
  REQUIRE(fixture.notes.records.size() == 6);
  CHECK(std::get<flow::CaptureGap>(fixture.notes.records[3].event) == fixture.notes.resumed[0]);
  // A part of flow 2 is there: it is told what it lacks, and that it ended.
  CHECK(fixture.notes.records[4].flow == 2);
  CHECK(std::holds_alternative<flow::CaptureGap>(fixture.notes.records[4].event));
  CHECK(std::holds_alternative<flow::FlowEnd>(fixture.notes.records[5].event));
}

TEST_CASE("passing traffic on, the recording goes on when it can, and tells what is missing") {
  Fixture fixture(kPass);
  fixture.flow(1);
  fixture.notes.refuse_after = 3;
  fixture.flow(2);  // its end is held
  fixture.flow(3);
  CHECK(fixture.notes.errors.size() == 1);
  fixture.notes.refuse_after = SIZE_MAX;
  fixture.flow(4);
  REQUIRE(fixture.notes.resumed.size() == 1);
  CHECK(fixture.notes.resumed[0].records == 2);
  CHECK(fixture.notes.resumed[0].reason == "refused");
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 4, .recorded = 3, .lost = 1});
  CHECK(fixture.notes.records.size() == 4 + 1 + 2);
  CHECK(fixture.ledger.finish({}).error().message == "refused");
}

TEST_CASE("a flow of which a part is missing is lost, whenever it ends") {
  Fixture fixture(kPass);
  const auto consume = [&](flow::Event event) {
    REQUIRE(fixture.ledger.consume({Time{}, 1, 7, 0, std::move(event)}));
  };
  consume(flow::RequestHead{.method = "GET"});
  fixture.notes.refuse_after = 0;
  consume(flow::BodyChunk{.data = "held"});
  consume(flow::BodyChunk{.data = "missing"});
  fixture.notes.refuse_after = SIZE_MAX;
  consume(flow::BodyChunk{.data = "there"});
  consume(flow::FlowEnd{});
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 1, .lost = 1});
  // Head, held chunk, the gap, the flow's part of it, chunk and end.
  CHECK(fixture.notes.records.size() == 6);
}

TEST_CASE("a failure that cost nothing is no failure in the end") {
  Fixture fixture(kPass);
  fixture.notes.refuse_after = 1;
  fixture.flow(1);
  fixture.notes.refuse_after = SIZE_MAX;
  fixture.flow(2);
  CHECK(fixture.ledger.finish({}));
  REQUIRE(fixture.notes.resumed.size() == 1);
  CHECK(fixture.notes.resumed[0].records == 0);
  CHECK(fixture.counters.totals().recorded == 2);
}

TEST_CASE("another file is opened once when that was asked for, and why not is no failure") {
  Fixture fixture;
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.notes.reopened.empty());
  fixture.ledger.ask_to_reopen();
  fixture.flow(1);
  CHECK(fixture.notes.reopened.empty());
  for (int i = 0; i < 2; ++i) REQUIRE(fixture.ledger.idle());
  CHECK(fixture.notes.reopened == std::vector<std::string>{"file"});
  fixture.notes.can_reopen = false;
  fixture.ledger.ask_to_reopen();
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.notes.reopened.back() == "no such folder");
  CHECK(fixture.notes.errors.empty());
  CHECK(fixture.ledger.finish({}));
}

TEST_CASE("what cannot be written is not changed for another file before it can") {
  Fixture fixture(kPass);
  fixture.notes.refuse_after = 0;
  fixture.flow(1);
  fixture.ledger.ask_to_reopen();
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.notes.reopened.empty());
  fixture.notes.refuse_after = SIZE_MAX;
  fixture.flow(2);
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.notes.reopened == std::vector<std::string>{"file"});
}

TEST_CASE("enough is told once, and the rest is left out where the traffic goes on") {
  Fixture fixture({.count = 2, .leave_out_the_rest = true});
  for (flow::FlowId id = 1; id <= 4; ++id) fixture.flow(id);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.notes.records.size() == 4);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 4, .recorded = 2, .filtered = 2});
}

TEST_CASE("flows that had begun when it was enough are recorded whole, later ones not at all") {
  Fixture fixture({.count = 1, .leave_out_the_rest = true});
  const auto consume = [&](flow::ConnectionId connection, flow::FlowId flow, flow::Event event) {
    REQUIRE(fixture.ledger.consume({Time{}, connection, flow, 0, std::move(event)}));
  };
  consume(1, 0, flow::ConnectionOpened{});
  consume(2, 0, flow::ConnectionOpened{});
  consume(1, 10, flow::RequestHead{.method = "SLOW"});
  consume(2, 20, flow::RequestHead{.method = "FAST"});
  consume(2, 20, flow::FlowEnd{});
  const std::size_t until_enough = fixture.notes.records.size();
  consume(2, 21, flow::RequestHead{.method = "LATE"});
  consume(3, 0, flow::ConnectionOpened{});
  consume(3, 30, flow::RequestHead{.method = "LATE"});
  consume(3, 30, flow::FlowEnd{});
  consume(3, 0, flow::ConnectionClosed{});
  consume(2, 21, flow::FlowEnd{});
  CHECK(fixture.notes.records.size() == until_enough);
  consume(1, 10, flow::ResponseHead{.status = 200});
  consume(1, 10, flow::FlowEnd{});
  consume(1, 0, flow::ConnectionClosed{});
  consume(2, 0, flow::ConnectionClosed{});
  CHECK(fixture.notes.records.size() == until_enough + 4);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 4, .recorded = 2, .filtered = 2});
}

TEST_CASE("enough can be declared without a count") {
  Fixture fixture({.leave_out_the_rest = true});
  fixture.flow(1);
  fixture.ledger.declare_enough();
  fixture.flow(2);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 2, .recorded = 1, .filtered = 1});
}

TEST_CASE("flows that were running when it was enough are recorded") {
  Fixture fixture({.count = 1});
  fixture.flow(1);
  fixture.flow(2);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.counters.totals().recorded == 2);
}

TEST_CASE("flows that are lost because the file was truncated are counted, others are not") {
  Fixture fixture;
  const auto consume = [&](flow::FlowId flow, flow::Event event) {
    REQUIRE(fixture.ledger.consume({Time{}, 1, flow, 0, std::move(event)}));
  };
  fixture.flow(1);
  consume(2, flow::RequestHead{.method = "GET"});
  REQUIRE(fixture.ledger.idle());
  consume(3, flow::RequestHead{.method = "GET"});
  consume(4, flow::RequestHead{.method = "GET"});
  consume(4, flow::FlowEnd{});
  fixture.notes.uncertain = 3;
  std::vector<flow::Record> gap;
  fixture.notes.on_next = [&] {
    gap = fixture.ledger.lose("a", 3);
    fixture.notes.uncertain = 0;
  };
  consume(3, flow::FlowEnd{});
  consume(2, flow::FlowEnd{});
  fixture.flow(5);
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.counters.totals() ==
        flow::Totals{.seen = 5, .recorded = 3, .lost = 2, .hurried_frames = 3});
  REQUIRE(gap.size() == 2);
  CHECK(gap[1].flow == 3);
  const auto& told = std::get<flow::CaptureGap>(gap[0].event);
  CHECK(told.reason == "a was truncated while it was written");
  CHECK(told.records == 3);
  CHECK(fixture.notes.truncated == std::vector<flow::CaptureGap>{told});
  CHECK(fixture.notes.errors.empty());
  CHECK(fixture.ledger.finish({}).error().message == told.reason);
}

TEST_CASE("a truncation that costs nothing but what the file held is no failure") {
  Fixture fixture;
  fixture.flow(1);
  REQUIRE(fixture.ledger.idle());
  CHECK(fixture.ledger.lose("a", 0).size() == 1);
  CHECK(fixture.notes.truncated.size() == 1);
  CHECK(fixture.counters.totals().recorded == 1);
  CHECK(fixture.ledger.finish({}));
}
