#include "cmd/mitm-record/gap.h"

#include <catch2/catch.hpp>

#include "lib/flow/assembler.h"
#include "tests/support/records.h"

using namespace mitm;
using record::Gap;
using test::RecordScript;

namespace {

/// Shows a gap the records from `first` to before `last` as left out, the ones before as written.
std::vector<flow::Record> with_gap(const std::vector<flow::Record>& records, std::size_t first,
                                   std::size_t last) {
  Gap gap;
  std::vector<flow::Record> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i == last) {
      for (auto& record : gap.close(records[i].time, "disk full")) result.push_back(record);
    }
    if (i >= first && i < last) {
      gap.leave_out(records[i]);
    } else {
      gap.note_written(records[i]);
      result.push_back(records[i]);
    }
  }
  return result;
}

std::vector<flow::Flow> flows_of(const std::vector<flow::Record>& records) {
  flow::Assembler assembler;
  for (const auto& record : records) assembler.add(record);
  assembler.finish();
  std::vector<flow::Flow> flows;
  while (auto flow = assembler.next()) flows.push_back(*std::move(flow));
  return flows;
}

RecordScript& exchange(RecordScript& script, flow::FlowId id) {
  return script.flow(id)
      .add(1, test::request_head("GET", "https", "a.example", "/"))
      .add(2, test::message_end(flow::Side::kClient))
      .add(3, test::response_head(200, "OK"))
      .add(4, flow::BodyChunk{.sender = flow::Side::kServer, .data = "hello"})
      .add(5, test::message_end(flow::Side::kServer, 5))
      .add(6, flow::FlowEnd{});
}

RecordScript& opening(RecordScript& script, flow::ConnectionId id) {
  return script.connection(id)
      .add(0, test::from_client())
      .add(0, flow::ClientHelloSeen{.facts = {.sni = "a.example"}})
      .add(0, test::to_server("a.example", "192.0.2.1"))
      .add(0, flow::TlsEstablished{.side = flow::Side::kServer, .facts = {.version = "TLSv1.3"}})
      .add(0, flow::TlsEstablished{.side = flow::Side::kClient, .facts = {.version = "TLSv1.2"}});
}

constexpr std::size_t kOpening = 5;
constexpr std::size_t kExchange = 6;

}  // namespace

TEST_CASE("a gap counts what it leaves out") {
  RecordScript script;
  exchange(opening(script, 1), 1);
  Gap gap;
  CHECK(gap.empty());
  for (const auto& record : script.records()) gap.leave_out(record);
  CHECK_FALSE(gap.empty());
  CHECK(gap.total("why").records == kOpening + kExchange);
  CHECK(gap.total("why").bytes > 0);
  const auto records = gap.close(test::at(9), "why");
  CHECK(std::get<flow::CaptureGap>(records.at(0).event).reason == "why");
  CHECK(gap.empty());
}

TEST_CASE("a flow after the gap is whole though its connection opened in it") {
  RecordScript script;
  exchange(exchange(opening(script, 1), 1), 2);
  const auto flows = flows_of(with_gap(script.records(), 0, kOpening + kExchange));
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].id == 2);
  CHECK(flows[0].complete);
  REQUIRE((flows[0].client && flows[0].client->tls && flows[0].client->hello));
  CHECK(flows[0].client->tls->version == "TLSv1.2");
  REQUIRE((flows[0].server && flows[0].server->tls));
  CHECK(flows[0].server->target.host == "a.example");
  CHECK(flows[0].server->tls->version == "TLSv1.3");
}

TEST_CASE("wherever a gap begins and ends, no flow that lost something looks whole") {
  RecordScript script;
  exchange(exchange(opening(script, 1), 1), 2).connection(1).add(8, flow::ConnectionClosed{});
  const auto& records = script.records();
  for (std::size_t first = 0; first < records.size(); ++first) {
    for (std::size_t last = first + 1; last < records.size(); ++last) {
      for (const flow::Flow& flow : flows_of(with_gap(records, first, last))) {
        const std::size_t begin = kOpening + (flow.id - 1) * kExchange;
        const bool touched = first < begin + kExchange && last > begin;
        CAPTURE(first, last, flow.id);
        CHECK(flow.complete == !touched);
        CHECK(flow.client != nullptr);
      }
    }
  }
}

TEST_CASE("a flow that began before the gap ends with it, one that lies in it does not appear") {
  RecordScript script;
  opening(script, 1);
  exchange(exchange(script, 1), 2).connection(1).add(8, flow::Anomaly{});
  const auto records = with_gap(script.records(), kOpening + 1, kOpening + 2 * kExchange);
  const auto flows = flows_of(records);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].id == 1);
  CHECK_FALSE(flows[0].complete);
  REQUIRE(flows[0].request);
  CHECK(flows[0].anomalies.at(0).name == "recording-damaged");
}

TEST_CASE("a fact of a flow that is over does not bring the flow back") {
  RecordScript script;
  script.connection(1)
      .add(0, test::from_client())
      .flow(1)
      .add(0, test::to_server("a.example", "192.0.2.1"));
  exchange(exchange(script, 1), 2);
  const auto flows = flows_of(with_gap(script.records(), 0, 2 + kExchange));
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].id == 2);
  CHECK(flows[0].complete);
}

TEST_CASE("connections that close in a gap are forgotten, or closed after it") {
  Gap gap;
  for (flow::ConnectionId id = 1; id <= 1000; ++id) {
    RecordScript script;
    exchange(opening(script, id), id).connection(id).add(8, flow::ConnectionClosed{});
    for (const auto& record : script.records()) gap.leave_out(record);
  }
  RecordScript older;
  older.connection(5000).add(8, flow::ConnectionClosed{});
  gap.leave_out(older.records()[0]);
  const auto records = gap.close(test::at(9), "why");
  REQUIRE(records.size() == 2);
  CHECK(records[1].connection == 5000);
  CHECK(std::holds_alternative<flow::ConnectionClosed>(records[1].event));
}

TEST_CASE("a flow that lost a part is known as damaged until it ends") {
  RecordScript script;
  exchange(opening(script, 1), 1);
  Gap gap;
  gap.leave_out(script.records().at(kOpening));
  gap.close(test::at(9), "why");
  CHECK(gap.forget_damaged(1));
  CHECK_FALSE(gap.forget_damaged(1));
}

TEST_CASE("of what was written and is lost, flows that are open are told to be damaged") {
  Gap gap;
  const std::vector<flow::Record> records = {
      {.connection = 1, .flow = 10, .event = flow::RequestHead{.method = "GET"}},
      {.connection = 1, .flow = 11, .event = flow::RequestHead{.method = "GET"}},
      {.connection = 1, .flow = 10, .event = flow::BodyChunk{.data = "x"}},
      {.connection = 1, .flow = 11, .event = flow::FlowEnd{}},
      {.connection = 1, .flow = 12, .event = flow::RequestHead{.method = "GET"}}};
  for (const auto& record : records) gap.note_written(record);
  const auto told = gap.lose({{.connection = 1, .flow = 10, .bytes = 5},
                              {.connection = 1, .flow = 11, .bytes = 7},
                              {.connection = 1, .flow = 0, .bytes = 1},
                              {.connection = 1, .flow = 10, .bytes = 2}},
                             "truncated");
  REQUIRE(told.size() == 2);
  CHECK(told[0].flow == 0);
  CHECK(std::get<flow::CaptureGap>(told[0].event) ==
        flow::CaptureGap{.reason = "truncated", .records = 4, .bytes = 15});
  CHECK(told[1].flow == 10);
  CHECK(told[1].connection == 1);
  CHECK(std::get<flow::CaptureGap>(told[1].event) ==
        flow::CaptureGap{.reason = "truncated", .records = 2, .bytes = 7});
  CHECK(gap.forget_damaged(10));
  CHECK_FALSE(gap.forget_damaged(11));
  CHECK_FALSE(gap.forget_damaged(12));
}
