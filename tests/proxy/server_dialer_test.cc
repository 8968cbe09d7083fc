#include "lib/proxy/server_dialer.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Through a whole proxy: what is dialled, and as whose it is recorded.

namespace mitm::proxy {
namespace {

using test::ProxyFixture;

std::string answer_to(const ProxyFixture& proxy, const std::string& request) {
  auto client = proxy.connect();
  client.send(request);
  return client.read_to_end();
}

TEST_CASE("a proxy does not connect to itself, neither for CONNECT nor for a request") {
  ProxyFixture proxy;
  const auto self = to_string(proxy.endpoint());
  for (const auto& request : {"CONNECT " + self + " HTTP/1.1\r\nHost: " + self + "\r\n\r\n",
                              "GET http://" + self + "/ HTTP/1.1\r\nHost: " + self + "\r\n\r\n"}) {
    const auto answer = answer_to(proxy, request);
    CHECK(answer.starts_with("HTTP/1.1 502 "));
    CHECK(answer.find(self + " is this proxy itself") != std::string::npos);
  }
}

TEST_CASE("a tunnel's server belongs to the connection, a request's to its flow") {
  test::Origin origin;
  ProxyFixture proxy;
  {
    auto tunnel = proxy.tunnel(origin.authority());
    auto client = proxy.connect();
    client.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
    origin.accept();
    origin.accept().read_head();
  }
  const auto lines = proxy.all_lines();
  CHECK(std::ranges::find(lines, "0 connected " + origin.authority()) != lines.end());
  CHECK(std::ranges::find(lines, "1 connected " + origin.authority()) != lines.end());
}

}  // namespace
}  // namespace mitm::proxy
