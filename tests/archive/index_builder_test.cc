#include "lib/archive/index_builder.h"

#include <catch2/catch.hpp>

#include "tests/archive/story.h"
#include "tests/support/records.h"

using namespace mitm;
using archive::Index;
using archive::IndexBuilder;

namespace {

flow::Record record(flow::ConnectionId connection, flow::FlowId flow, flow::Event event) {
  return {.time = test::at(5), .connection = connection, .flow = flow, .event = std::move(event)};
}

using Frames = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("gaps are counted, but not those of a single flow") {
  IndexBuilder builder;
  builder.add({.event = flow::CaptureGap{.reason = "x"}}, 0);
  builder.add({.connection = 1, .flow = 1, .event = flow::CaptureGap{.reason = "x"}}, 0);
  CHECK(builder.take(0, 1, 1).frame.gaps == 1);
  CHECK(builder.take(1, 1, 1).frame.gaps == 0);
}

TEST_CASE("a row tells how far back its flow and the facts of its connection begin") {
  IndexBuilder builder;
  builder.add(record(1, 0, test::from_client()), 1000);
  builder.add(record(1, 0, flow::ClientHelloSeen{}), 1000);
  builder.add(record(1, 0, test::to_server("host", "192.0.2.1")), 2000);
  builder.add(record(1, 9, test::get("/")), 3000);
  builder.add(record(1, 9, flow::FlowEnd{}), 5000);
  const Index index = builder.take(5000, 700, 9000);
  REQUIRE(index.rows.size() == 1);
  CHECK(index.rows[0].first_frame == 2000);
  CHECK(index.rows[0].fact_frames == Frames{4000, 3000});
  CHECK(index.frame.frame_size == 700);
  CHECK(index.frame.content_size == 9000);
  CHECK(builder.take(5000, 1, 1).rows.empty());
}

TEST_CASE("frames from a flow's first on are not named as facts") {
  IndexBuilder builder;
  builder.add(record(1, 0, test::from_client()), 1000);
  builder.add(record(1, 9, test::get("/")), 1000);
  builder.add(record(1, 9, test::to_server("host", "192.0.2.1")), 2000);
  builder.add(record(1, 9, flow::FlowEnd{}), 2000);
  CHECK(builder.take(2000, 1, 1).rows.at(0).fact_frames.empty());
}

TEST_CASE("the frame of a certificate chain is a fact of the connection") {
  IndexBuilder builder;
  const auto chain = test::sample_chain();
  builder.add_chain(chain->id, 500);
  builder.add(record(1, 0, test::from_client()), 1000);
  builder.add(record(1, 0, flow::TlsEstablished{.facts = {.chain = chain}}), 1000);
  builder.add(record(1, 9, test::get("/")), 2000);
  builder.add(record(1, 9, flow::FlowEnd{}), 2000);
  CHECK(builder.take(2000, 1, 1).rows.at(0).fact_frames == Frames{1500, 1000});
}

TEST_CASE("only the latest server is a fact of what follows") {
  IndexBuilder builder;
  for (std::uint64_t frame = 1; frame <= 1000; ++frame)
    builder.add(record(1, frame, test::to_server("host", "192.0.2.1")), frame);
  builder.add(record(1, 5000, test::get("/")), 2000);
  builder.add(record(1, 5000, flow::FlowEnd{}), 2000);
  CHECK(builder.take(2000, 1, 1).rows.at(0).fact_frames == Frames{1000});
}

TEST_CASE("a connection that repeats itself does not make rows grow") {
  IndexBuilder builder;
  for (std::uint64_t frame = 1; frame <= 1000; ++frame)
    builder.add(record(1, 0, flow::TlsEstablished{.side = flow::Side::kClient, .facts = {}}),
                frame);
  builder.add(record(1, 9, flow::FlowEnd{}), 2000);
  CHECK(builder.take(2000, 1, 1).rows.at(0).fact_frames.size() <= 8);
}

TEST_CASE("an index has the earliest and the latest time of its records") {
  IndexBuilder builder;
  for (const double time : {7.0, 3.0, 9.0, 5.0})
    builder.add({.time = test::at(time), .event = flow::Statistics{}}, 0);
  const Index index = builder.take(0, 1, 1);
  CHECK(index.frame.records == 4);
  CHECK(index.frame.first_time == test::at(3));
  CHECK(index.frame.last_time == test::at(9));
  builder.add({.time = test::at(20), .event = flow::Statistics{}}, 0);
  CHECK(builder.take(0, 1, 1).frame.first_time == test::at(20));
}

TEST_CASE("many rows, or much text, make an index full") {
  IndexBuilder many;
  for (flow::FlowId id = 1; !many.is_full(); ++id) many.add(record(1, id, flow::FlowEnd{}), 0);
  CHECK(many.take(0, 1, 1).rows.size() == 4096);
  CHECK_FALSE(many.is_full());
  IndexBuilder much;
  for (flow::FlowId id = 1; !much.is_full(); ++id) {
    much.add(record(1, id, test::get("/" + Bytes(2000, 'x'))), 0);
    much.add(record(1, id, flow::FlowEnd{}), 0);
  }
  CHECK(much.take(0, 1, 1).rows.size() < 600);
}

TEST_CASE("a flow on a connection of an earlier file did not make it") {
  IndexBuilder builder;
  auto opened = record(1, 0, test::from_client());
  auto connected = record(1, 0, test::to_server("host", "192.0.2.1"));
  opened.repeated = connected.repeated = true;
  builder.add(opened, 1000);
  builder.add(connected, 1000);
  builder.add(record(1, 9, test::get("/")), 2000);
  builder.add(record(1, 9, flow::FlowEnd{}), 2000);
  const Index index = builder.take(2000, 1, 1);
  CHECK(index.rows.at(0).fact_frames == Frames{1000});
  CHECK_FALSE(index.rows.at(0).flow.made_connection);
  CHECK(index.rows.at(0).flow.server->target.host == "host");
}
