#include "cmd/mitm-record/ledger.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace mitm;
using record::Ledger;

namespace {

/// Writes down what it is given; refuses what a test says.
struct Notes {
  std::vector<flow::Record> records;
  std::vector<std::string> errors;
  int enough = 0;
  std::size_t refuse_after = SIZE_MAX;
  Code refusal = Code::kIo;
};

class Notebook final : public flow::RecordConsumer {
 public:
  explicit Notebook(Notes& notes) : notes_(notes) {}
  Status consume(const flow::Record& record) override {
    const bool gap = std::holds_alternative<flow::CaptureGap>(record.event);
    if (!gap && notes_.records.size() >= notes_.refuse_after)
      return fail(notes_.refusal, "refused");
    notes_.records.push_back(record);
    return {};
  }
  Status idle() override { return {}; }
  Status finish(const flow::Totals&) override { return {}; }

 private:
  Notes& notes_;
};

struct Fixture {
  explicit Fixture(std::optional<std::uint64_t> count = {}, bool leave_out_the_rest = false)
      : ledger(std::make_unique<Notebook>(notes), counters,
               {.on_error = [this](const Error& error) { notes.errors.push_back(error.message); },
                .on_enough = [this] { ++notes.enough; }},
               count, leave_out_the_rest) {}

  void flow(flow::FlowId id, const flow::FlowEnd& end = {}) {
    REQUIRE(ledger.consume({Time{}, 1, id, 0, flow::RequestHead{.method = "GET"}}));
    REQUIRE(ledger.consume({Time{}, 1, id, 0, end}));
  }

  Notes notes;
  proxy::Counters counters;
  Ledger ledger;
};

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
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 3, .recorded = 1});
  CHECK(fixture.counters.lost() == 2);
  CHECK(fixture.ledger.finish({}).error().message == "refused");
}

TEST_CASE("enough is told once, and the rest is left out where the traffic goes on") {
  Fixture fixture(2, true);
  for (flow::FlowId id = 1; id <= 4; ++id) fixture.flow(id);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.notes.records.size() == 4);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 4, .recorded = 2, .filtered = 2});
}

TEST_CASE("flows that had begun when it was enough are recorded whole, later ones not at all") {
  Fixture fixture(1, true);
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
  Fixture fixture({}, true);
  fixture.flow(1);
  fixture.ledger.declare_enough();
  fixture.flow(2);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.counters.totals() == flow::Totals{.seen = 2, .recorded = 1, .filtered = 1});
}

TEST_CASE("flows that were running when it was enough are recorded") {
  Fixture fixture(1, false);
  fixture.flow(1);
  fixture.flow(2);
  CHECK(fixture.notes.enough == 1);
  CHECK(fixture.counters.totals().recorded == 2);
}
