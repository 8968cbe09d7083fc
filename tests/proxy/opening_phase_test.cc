#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::ProxyFixture;

std::string answer_to(const ProxyFixture& proxy, const std::string& request) {
  auto client = proxy.connect();
  client.send(request);
  return client.read_to_end();
}

TEST_CASE("a request that names no host gets a 400 that says what this is") {
  ProxyFixture proxy;
  const auto answer = answer_to(proxy, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.find("not a web server") != std::string::npos);
  CHECK(proxy.only_flow() == Lines{"client bytes GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                   "end tcp incomplete error protocol 27/0"});
}

TEST_CASE("an ambiguous CONNECT gets a 400, and nothing reaches the server") {
  test::Origin origin;
  ProxyFixture proxy;
  const auto answer =
      answer_to(proxy, "CONNECT " + origin.authority() + " HTTP/1.1\r\nHost : x\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(origin.is_untouched());
  const auto lines = proxy.only_flow();
  CHECK(lines.front().starts_with("client bytes CONNECT 127.0.0.1:"));
  CHECK(lines.back().starts_with("end tcp incomplete error protocol "));
}

TEST_CASE("TLS spoken to the proxy itself gets an answer in the clear") {
  ProxyFixture proxy;
  CHECK(answer_to(proxy, std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10))
            .starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a connection without a word is recorded, but is no flow") {
  ProxyFixture proxy;
  auto client = proxy.connect();
  client.shutdown_write();
  CHECK(client.read_to_end().empty());
  CHECK(proxy.all_lines() == Lines{"0 opened", "0 closed"});
}

TEST_CASE("a client that leaves in the middle of its first head is a failed flow") {
  ProxyFixture proxy;
  auto client = proxy.connect();
  client.send("CONNECT a");
  client.shutdown_write();
  CHECK(client.read_to_end().empty());
  CHECK(proxy.only_flow() ==
        Lines{"client bytes CONNECT a", "end tcp incomplete error incomplete 9/0"});
}

TEST_CASE("a head that comes one byte at a time is answered all the same") {
  test::Origin origin;
  ProxyFixture proxy;
  auto client = proxy.connect();
  client.send_bytewise("CONNECT " + origin.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
}

TEST_CASE("a head that does not come to its end gets a 408 after a while") {
  ProxyFixture proxy({.settings = {.recording = {}, .head_timeout = std::chrono::seconds(1)}});
  auto client = proxy.connect();
  client.send("CONNECT a");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(proxy.only_flow() ==
        Lines{"client bytes CONNECT a", "end tcp incomplete error timeout 9/0"});
}

TEST_CASE("a client that says nothing is closed after a while, and is no flow") {
  ProxyFixture proxy(
      {.settings = {.recording = {}, .head_timeout = std::chrono::milliseconds(50)}});
  auto client = proxy.connect();
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == test::Ending::kClosed);
  CHECK(proxy.all_lines() == Lines{"0 opened", "0 closed"});
}

}  // namespace
}  // namespace mitm::proxy
