#include "lib/filter/subject.h"

#include <catch2/catch.hpp>

#include "tests/filter/flows.h"

using namespace mitm;
using namespace mitm::filter;

namespace {

std::vector<std::string> hosts_of(const std::string& authority) {
  flow::Flow flow;
  flow.request = flow::RequestHead{.scheme = "http", .target = "/", .authority = authority};
  std::vector<std::string> hosts;
  visit_http_hosts(flow, [&](auto host) { hosts.emplace_back(host); });
  return hosts;
}

std::optional<std::uint16_t> port_of(const std::string& scheme, const std::string& authority) {
  flow::Flow flow;
  flow.request = flow::RequestHead{.scheme = scheme, .target = "/", .authority = authority};
  return server_port(flow);
}

flow::Flow asking(const std::string& target) {
  flow::Flow flow;
  flow.request = flow::RequestHead{.scheme = "http", .target = target, .authority = "a.test"};
  return flow;
}

}  // namespace

TEST_CASE("authorities are taken apart, whatever they hold") {
  CHECK(hosts_of("a.test:80") == std::vector<std::string>{"a.test"});
  CHECK(hosts_of("[::1]:80") == std::vector<std::string>{"::1"});
  CHECK(hosts_of("[::1]") == std::vector<std::string>{"::1"});
  CHECK(hosts_of("::1") == std::vector<std::string>{"::1"});
  CHECK(hosts_of("me:pw@a.test") == std::vector<std::string>{"a.test"});
  CHECK(hosts_of(":80").empty());
  CHECK(hosts_of("[").size() == 1);
  CHECK(hosts_of(":").empty());
  CHECK(port_of("https", "a.test") == 443);
  CHECK(port_of("http", "a.test:81") == 81);
  CHECK(port_of("http", "[::1]:82") == 82);
  CHECK(port_of("http", "a.test:x") == 80);
  CHECK(port_of("http", "a.test:99999") == 80);
}

TEST_CASE("paths and queries are found in each form of a target") {
  CHECK(path_of(asking("/a/b?c?d")) == "/a/b");
  CHECK(query_of(asking("/a/b?c?d")) == "c?d");
  CHECK(path_of(asking("http://a.test/x?y")) == "/x");
  CHECK(query_of(asking("http://a.test?y")) == "y");
  CHECK(path_of(asking("http://a.test")) == "");
  CHECK(path_of(asking("/redirect?to=http://b/")) == "/redirect");
  CHECK(path_of(asking("*")) == "*");
  CHECK_FALSE(query_of(asking("/")));
  CHECK_FALSE(path_of(flow::Flow()));
}

TEST_CASE("sizes are those of bodies, and huge ones do not become small") {
  const flow::Flow flow = https_flow();
  CHECK(body_size(flow, Of::kEither) == 72000);
  CHECK(body_size(flow, Of::kRequest) == 2000);
  CHECK(body_size(flow, Of::kResponse) == 70000);
  flow::Flow huge;
  huge.sent.body_size = UINT64_MAX;
  huge.received.body_size = 2;
  CHECK(body_size(huge, Of::kEither) == UINT64_MAX);
}
