#include "formats/statistics_json.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/memory_io.h"
#include "tests/support/records.h"

using namespace mitm;

namespace {

Bytes json(const flow::FlowStatistics& statistics) {
  const auto text = std::make_shared<Bytes>();
  test::MemorySink sink(text);
  REQUIRE(formats::write_statistics(statistics, sink));
  return *text;
}

bool has(const Bytes& text, const std::string& part) { return text.find(part) != Bytes::npos; }

}  // namespace

TEST_CASE("no flows are an object with the same keys") {
  const Bytes text = json({});
  CHECK(text.starts_with("{\"flows\":\"0\""));
  CHECK(text.ends_with("}\n"));
  CHECK(has(text, "\"first\":null,\"last\":null"));
  CHECK(has(text, "\"hosts\":[],\"hosts_excess\":\"0\""));
}

TEST_CASE("names are values, whatever octets they have") {
  flow::Flow flow;
  flow.start = test::at(0);
  flow.end = test::at(10);
  flow.request = test::request_head("\xff", "http", "a.example", "/");
  flow.bytes_to_client = 7;
  flow::FlowStatistics statistics;
  statistics.add(flow);
  const Bytes text = json(statistics);
  CHECK(has(text, "\"methods\":[{\"name\":{\"base64\":\"/w==\"},\"count\":\"1\"}]"));
  CHECK(has(text, "\"hosts\":[{\"name\":\"a.example\",\"count\":\"1\",\"bytes\":\"7\"}]"));
  CHECK(has(text, "\"first\":\"2023-11-14T22:13:20.000000000Z\""));
  CHECK(has(text, "\"unanswered\":\"1\""));
  CHECK(has(text, "\"duration_ms\":{\"least\":10.0,\"p50\":10.0"));
}
