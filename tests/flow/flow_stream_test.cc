#include "lib/flow/flow_stream.h"

#include <catch2/catch.hpp>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::test;

namespace {

RecordScript two_flows() {
  RecordScript script;
  script.connection(1).add(0, from_client());
  for (const FlowId id : {1U, 2U}) {
    script.flow(id)
        .add(1, request_head("GET", "http", "example.com", "/"))
        .add(2, BodyChunk{Side::kServer, "body"})
        .add(3, FlowEnd{});
  }
  return script;
}

}  // namespace

TEST_CASE("flows come without bytes unless they are asked for") {
  FlowStream stream;
  const RecordScript script = two_flows();
  for (const Record& record : script.records()) REQUIRE(stream.add(record));
  const auto first = stream.next();
  REQUIRE(first);
  CHECK(first->flow.id == 1);
  CHECK_FALSE(first->bodies);
  REQUIRE(stream.next());
  CHECK_FALSE(stream.next());
}

TEST_CASE("only the bytes that are wanted are kept") {
  FlowStream stream([](const Record& record) { return record.flow == 2; });
  const RecordScript script = two_flows();
  for (const Record& record : script.records()) REQUIRE(stream.add(Record(record)));
  CHECK(stream.next().value().bodies->response.size() == 0);
  CHECK(stream.next().value().bodies->response.size() == 4);
}

TEST_CASE("open flows come with their bytes when the stream is over") {
  FlowStream stream([](const Record&) { return true; });
  RecordScript script;
  script.connection(1).flow(9).add(0, RawBytes{Side::kClient, "half"});
  for (const Record& record : script.records()) REQUIRE(stream.add(record));
  CHECK_FALSE(stream.next());
  stream.finish();
  const auto flow = stream.next();
  REQUIRE(flow);
  CHECK_FALSE(flow->flow.complete);
  CHECK_FALSE(flow->bodies->transcript.empty());
}

TEST_CASE("a record can be given away or lent") {
  FlowStream given;
  FlowStream lent;
  const RecordScript script = two_flows();
  for (const Record& record : script.records()) {
    REQUIRE(given.add(Record(record)));
    REQUIRE(lent.add(record));
  }
  const auto one = given.next();
  const auto other = lent.next();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(one->flow.request == other->flow.request);
  CHECK(one->flow.received.body_size == other->flow.received.body_size);
}
