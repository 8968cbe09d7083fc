#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::ProxyFixture;

/// What a CONNECT to `authority` is answered with, up to the end of the connection.
std::string answer_to_connect(const ProxyFixture& proxy, const std::string& authority) {
  auto client = proxy.connect();
  client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
  return client.read_to_end();
}

TEST_CASE("a host that does not exist is a 502 to the CONNECT, and a failed flow") {
  ProxyFixture proxy;
  const auto answer = answer_to_connect(proxy, "no-such-host.invalid:443");
  CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(answer.find("resolve no-such-host.invalid") != std::string::npos);
  CHECK(proxy.only_flow() ==
        Lines{"unreached no-such-host.invalid:443", "end tcp incomplete error dns 0/0"});
}

TEST_CASE("a server that refuses is a 502 to the CONNECT") {
  ProxyFixture proxy;
  const auto authority = "127.0.0.1:" + std::to_string(test::refusing_port());
  CHECK(answer_to_connect(proxy, authority).find("Connection refused") != std::string::npos);
  CHECK(proxy.only_flow() ==
        Lines{"unreached " + authority, "end tcp incomplete error connect-refused 0/0"});
}

TEST_CASE("a proxy does not connect to itself") {
  ProxyFixture proxy;
  CHECK(answer_to_connect(proxy, to_string(proxy.endpoint())).find("is this proxy itself") !=
        std::string::npos);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error loop 0/0");
}

TEST_CASE("what a client sends with its CONNECT reaches the server") {
  test::Origin origin;
  ProxyFixture proxy;
  auto client = proxy.connect();
  client.send("CONNECT " + origin.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n*1\r\nPING\r\n");
  auto server = origin.accept();
  CHECK(server.read_exactly(10) == "*1\r\nPING\r\n");
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow() == Lines{"client bytes *1\r\nPING\r\n", "end tcp complete 10/0"});
}

TEST_CASE("a client that goes away while its server is being reached leaves a failed flow") {
  ProxyFixture proxy;
  auto client = proxy.connect();
  client.send("CONNECT no-such-host.invalid:1 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.reset();
  CHECK(proxy.wait_for_flows(1));
  CHECK(proxy.only_flow().back().starts_with("end tcp incomplete error"));
}

}  // namespace
}  // namespace mitm::proxy
