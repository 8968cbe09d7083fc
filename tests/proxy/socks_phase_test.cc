#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// What clients of SOCKS get, through a whole proxy.

namespace mitm::proxy {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kHello = "\x05\x01\x00"s;

std::string request(std::uint16_t port, char command = '\1') {
  return "\x05"s + command + "\x00\x01\x7f\x00\x00\x01"s + static_cast<char>(port >> 8) +
         static_cast<char>(port & 0xff);
}

test::ProxyOptions with_login() {
  test::ProxyOptions options;
  options.settings.credentials.add("me", "secret");
  return options;
}

TEST_CASE("a client of SOCKS5 reaches its server, and its HTTP is decoded") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(kHello);
  CHECK(client.read_exactly(2) == "\x05\x00"s);
  client.send(request(origin.port()));
  Peer server = origin.accept();
  CHECK(client.read_exactly(10) == "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  server.read_head();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end http complete 27/27");
}

TEST_CASE("a client may say everything at once, SOCKS4 too") {
  Origin origin;
  ProxyFixture proxy;
  const auto port =
      ""s + static_cast<char>(origin.port() >> 8) + static_cast<char>(origin.port() & 0xff);
  for (const auto& [greeting, answer] :
       {std::pair{kHello + request(origin.port()),
                  "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s},
        std::pair{"\x04\x01"s + port + "\x7f\x00\x00\x01me\x00"s,
                  "\x00\x5a\x00\x00\x00\x00\x00\x00"s},
        std::pair{"\x04\x01"s + port + "\x00\x00\x00\x01me\x00localhost\x00"s,
                  "\x00\x5a\x00\x00\x00\x00\x00\x00"s}}) {
    Peer client = proxy.connect();
    client.send(greeting + "hello");
    Peer server = origin.accept();
    CHECK(server.read_exactly(5) == "hello");
    CHECK(client.read_exactly(answer.size()) == answer);
  }
}

TEST_CASE(
    "a server that cannot be had is told by its code, before anything is recorded as reached") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(kHello + request(1));  // nobody listens on port 1
  CHECK(client.read_to_end() == "\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"s);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error connect-refused 0/0");
}

TEST_CASE("the proxy itself is no server") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(kHello + request(proxy.endpoint().port));
  CHECK(client.read_to_end() == "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error loop 0/0");
}

TEST_CASE("BIND is refused") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(kHello + request(80, '\2'));
  CHECK(client.read_to_end() == "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"s);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error protocol 0/0");
}

TEST_CASE("with the right login a client goes on, and its password is nowhere in the recording") {
  Origin origin;
  ProxyFixture proxy(with_login());
  {
    Peer client = proxy.connect();
    client.send("\x05\x01\x02\x01\x02me\x06secret"s + request(origin.port()));
    Peer server = origin.accept();
    CHECK(client.read_exactly(14) == "\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
    server.send("hello");
    CHECK(client.read_exactly(5) == "hello");
  }
  for (const auto& line : proxy.all_lines()) CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("with a wrong one, or none, it does not") {
  ProxyFixture proxy(with_login());
  Peer wrong = proxy.connect();
  wrong.send("\x05\x01\x02\x01\x02me\x05wrong"s);
  CHECK(wrong.read_to_end() == "\x05\x02\x01\x01"s);
  Peer none = proxy.connect();
  none.send(kHello);
  CHECK(none.read_to_end() == "\x05\xff"s);
  Peer old = proxy.connect();
  old.send("\x04\x01\x00\x50\x7f\x00\x00\x01me\x00"s);
  CHECK(old.read_to_end() == "\x00\x5b\x00\x00\x00\x00\x00\x00"s);
  const auto lines = proxy.all_lines();
  for (const auto& line : lines) CHECK(line.find("wrong") == std::string::npos);
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.find("error proxy-auth") != std::string::npos;
        }) == 3);
}

TEST_CASE("a greeting that does not come to its end is given up") {
  test::ProxyOptions options;
  options.settings.head_timeout = 1s;
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  client.send("\x05");
  CHECK(client.read_to_end().empty());
  CHECK(proxy.only_flow().back() == "end tcp incomplete error timeout 1/0");
}

}  // namespace
}  // namespace mitm::proxy
