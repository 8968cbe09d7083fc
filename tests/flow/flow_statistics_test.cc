#include "lib/flow/flow_statistics.h"

#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/records.h"

using namespace mitm::flow;
using mitm::test::at;

namespace {

Flow exchange(const std::string& authority, std::uint16_t status) {
  Flow flow;
  flow.start = at(10);
  flow.end = at(30);
  flow.complete = true;
  flow.request = mitm::test::request_head("GET", "https", authority, "/");
  if (status != 0) flow.response = mitm::test::response_head(status, "");
  flow.sent.body_size = 3;
  flow.received.body_size = 100;
  flow.bytes_from_client = 50;
  flow.bytes_to_client = 200;
  return flow;
}

}  // namespace

TEST_CASE("flows are counted by what they are") {
  FlowStatistics statistics;
  for (const int status : {200, 204, 404, 999, 0}) {
    statistics.add(exchange("a.example", static_cast<std::uint16_t>(status)));
  }
  Flow other;
  other.kind = Kind::kTls;
  other.start = at(0);
  other.end = at(5);
  other.passed = true;
  other.error = FlowError{"client-reset", ""};
  other.anomalies = {{Side::kClient, "bare-lf", ""}, {Side::kClient, "bare-lf", ""}};
  other.anomaly_count = 70;
  statistics.add(other);

  CHECK(statistics.flows == 6);
  CHECK(statistics.kinds == std::array<std::uint64_t, 5>{5, 0, 0, 1, 0});
  CHECK(statistics.statuses == std::array<std::uint64_t, 6>{1, 0, 2, 0, 1, 0});
  CHECK(statistics.unanswered == 1);
  CHECK(statistics.passed == 1);
  CHECK(statistics.incomplete == 1);
  CHECK(statistics.failed == 1);
  CHECK(statistics.bytes_from_client == 250);
  CHECK(statistics.bytes_to_client == 1000);
  CHECK(statistics.request_bodies == 15);
  CHECK(statistics.response_bodies == 500);
  CHECK(statistics.first == at(0));
  CHECK(statistics.last == at(30));
  CHECK(statistics.durations.most() == 20'000'000);
  CHECK(statistics.methods.top(1)[0].count == 5);
  CHECK(statistics.hosts.top(1)[0].octets == 1250);
  CHECK(statistics.errors.top(1)[0].name == "client-reset");
  CHECK(statistics.anomalies.top(1)[0].count == 2);
  CHECK(statistics.more_anomalies == 68);
}

TEST_CASE("a host is what the client asked for") {
  CHECK(host_of(exchange("A.example:8443", 200)) == "a.example");
  CHECK(host_of(exchange("[2001:db8::1]:443", 200)) == "2001:db8::1");
  CHECK(host_of(exchange("[", 200)).empty());
  CHECK(host_of(exchange("2001:db8::1", 200)) == "2001:db8::1");
  Flow flow;
  CHECK(host_of(flow).empty());
  flow.server = std::make_shared<const ServerSide>(ServerSide{.address = {"192.0.2.1", 443}});
  CHECK(host_of(flow) == "192.0.2.1");
  flow.server = std::make_shared<const ServerSide>(ServerSide{.target = {"b.example", 443}});
  CHECK(host_of(flow) == "b.example");
  auto hello = std::make_shared<const ClientHelloFacts>(ClientHelloFacts{.sni = "c.example"});
  flow.client = std::make_shared<const ClientSide>(ClientSide{.hello = hello});
  CHECK(host_of(flow) == "c.example");
}

TEST_CASE("times that a clock set back, or nobody can mean, do no harm") {
  FlowStatistics statistics;
  Flow flow = exchange("a", 200);
  flow.start = mitm::Time::max();
  flow.end = mitm::Time::min();
  statistics.add(flow);
  CHECK(statistics.durations.most() == 0);
}
