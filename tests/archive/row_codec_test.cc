#include "lib/archive/row_codec.h"

#include <catch2/catch.hpp>

#include "tests/archive/story.h"

#include <capnp/message.h>

using namespace mitm;
using namespace mitm::archive;

namespace {

std::optional<FlowRow> there_and_back(const FlowRow& row) {
  capnp::MallocMessageBuilder message;
  const auto out = message.initRoot<schema::FlowRow>();
  put_row(row, out);
  return row_of(out.asReader());
}

FlowRow full_row() {
  FlowRow row;
  flow::Flow& flow = row.flow;
  flow.id = 12;
  flow.connection = 7;
  flow.source = 3;
  flow.run = 0xABCD;
  flow.kind = flow::Kind::kWebSocket;
  flow.start = Time(Duration(1'700'000'000'123'456'789));
  flow.end = flow.start + Duration(5'000'000);
  flow.client = std::make_shared<flow::ClientSide>(flow::ClientSide{
      .address = {"::1", 40000},
      .mode = flow::Mode::kReverse,
      .hello =
          std::make_shared<flow::ClientHelloFacts>(flow::ClientHelloFacts{.sni = "sni.example"})});
  flow.server = std::make_shared<flow::ServerSide>(
      flow::ServerSide{.target = {"host.example", 443}, .address = {"192.0.2.1", 443}});
  flow.request = test::get("/\xFF");
  flow.response.emplace().status = 101;
  flow.sent = {.body_size = 4, .recorded_size = 3, .raw_size = 2, .messages = 1};
  flow.received = {.body_size = 8, .recorded_size = 8, .raw_size = 6, .messages = 5};
  flow.bytes_from_client = 100;
  flow.bytes_to_client = 200;
  flow.error = flow::FlowError{"server-reset", "connection reset by peer"};
  for (const char* name : {"one", "two", "three", "four"}) flow.anomalies.push_back({.name = name});
  flow.anomaly_count = 9;
  flow.passed = true;
  flow.made_connection = true;
  row.unfinished = true;
  row.first_frame = 1'000'000;
  row.fact_frames = {3'000'000, 2'000'000};
  return row;
}

}  // namespace

TEST_CASE("a row comes back with all that its line shows") {
  const FlowRow row = full_row();
  const auto back = there_and_back(row);
  REQUIRE(back);
  CHECK(test::line_of(back->flow) == test::line_of(row.flow));
  CHECK(back->flow.connection == 7);
  CHECK(back->flow.source == 3);
  CHECK(back->flow.client->mode == flow::Mode::kReverse);
  CHECK(back->flow.sent.messages == 1);
  CHECK(back->flow.anomalies.size() == kRowAnomalies);
  CHECK(back->flow.made_connection);
  CHECK(back->unfinished);
  CHECK(back->first_frame == row.first_frame);
  CHECK(back->fact_frames == row.fact_frames);
}

TEST_CASE("a row of nothing comes back as nothing") {
  const auto back = there_and_back({});
  REQUIRE(back);
  CHECK_FALSE(back->flow.client);
  CHECK_FALSE(back->flow.server);
  CHECK_FALSE(back->flow.request);
  CHECK_FALSE(back->flow.response);
  CHECK_FALSE(back->flow.error);
}

TEST_CASE("a clipped row keeps its ids and frames") {
  FlowRow row = full_row();
  row.clipped = true;
  const auto back = there_and_back(row);
  REQUIRE(back);
  CHECK(back->clipped);
  CHECK(back->flow.id == 12);
  CHECK(back->first_frame == row.first_frame);
  CHECK_FALSE(back->flow.request);
}

TEST_CASE("what a later version may add to a row is not misread") {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::FlowRow>();
  out.setKind(static_cast<schema::FlowEnd::Kind>(99));
  CHECK_FALSE(row_of(out.asReader()));
}

TEST_CASE("a row that would have frames read without end is refused") {
  archive::FlowRow row;
  row.fact_frames.assign(archive::kMaxFactFrames, 1);
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::FlowRow>();
  archive::put_row(row, out);
  CHECK(archive::row_of(out.asReader()));
  row.fact_frames.push_back(2);
  archive::put_row(row, out);
  CHECK_FALSE(archive::row_of(out.asReader()));
}
