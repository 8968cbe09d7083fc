#include "lib/render/statistics.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/records.h"

using namespace mitm;
using flow::FlowStatistics;

namespace {

std::string text(const FlowStatistics& statistics, std::size_t most = 10) {
  std::string out;
  render::append_statistics(out, statistics, most);
  return out;
}

flow::Flow to_host(const std::string& host) {
  flow::Flow flow;
  flow.start = test::at(0);
  flow.end = test::at(12.5);
  flow.complete = true;
  flow.request = test::request_head("GET", "http", host, "/");
  flow.response = test::response_head(200, "OK");
  flow.bytes_from_client = 2000;
  flow.bytes_to_client = 30;
  return flow;
}

}  // namespace

TEST_CASE("nothing at all is told in few lines") {
  CHECK(text({}) ==
        "flows      0 (0 passed, 0 incomplete, 0 with an error)\n"
        "kinds      none\n"
        "statuses   none\n"
        "octets     +0B 0B (0 sent, 0 received)\n"
        "bodies     +0B 0B (0 sent, 0 received)\n");
}

TEST_CASE("what there is stands in lines, the most frequent first") {
  FlowStatistics statistics;
  for (const char* host : {"b.example", "a.example", "b.example"}) statistics.add(to_host(host));
  CHECK(text(statistics, 1) ==
        "flows      3 (0 passed, 0 incomplete, 0 with an error)\n"
        "time       2023-11-14T22:13:20.000000000Z to 2023-11-14T22:13:20.012500000Z (12.5ms)\n"
        "kinds      http 3\n"
        "statuses   2xx 3\n"
        "octets     +5.9K 90B (6000 sent, 90 received)\n"
        "bodies     +0B 0B (0 sent, 0 received)\n"
        "durations  p50 12.5ms, p90 12.5ms, p99 12.5ms, longest 12.5ms (percentiles within 0.8 %)\n"
        "methods\n"
        "         3  GET\n"
        "hosts\n"
        "         2      4.0K  b.example\n"
        "            and 1 more\n");
}

TEST_CASE("names from the network are harmless") {
  FlowStatistics statistics;
  flow::Flow flow = to_host("x\x1b[2J\nhosts");
  flow.request->method = "A B";
  flow.error = flow::FlowError{"\x1b", ""};
  flow.anomalies = {{flow::Side::kClient, "\x7f", ""}};
  flow.anomaly_count = 1;
  statistics.add(flow);
  const std::string out = text(statistics);
  CHECK(out.find("  x\\x1b[2j\\nhosts\n") != std::string::npos);
  CHECK(out.find("  A\\x20B\n") != std::string::npos);
  CHECK(out.find('\x1b') == std::string::npos);
  CHECK(out.find('\x7f') == std::string::npos);
}

TEST_CASE("counts that are not exact say so") {
  FlowStatistics statistics;
  for (int i = 0; i < 10'000; ++i) statistics.add(to_host(std::to_string(i)));
  CHECK(text(statistics).find("hosts (too many to count each: at most 1 too high)\n") !=
        std::string::npos);
}
