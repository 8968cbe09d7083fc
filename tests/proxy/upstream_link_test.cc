#include "lib/proxy/upstream_link.h"

#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Through a whole proxy: what an upstream one is asked, and what becomes of its answers.

namespace mitm::proxy {
namespace {

using namespace std::string_literals;
using test::ProxyFixture;

Settings through(const std::string& url) {
  Settings settings;
  settings.routes.upstreams.add(
      {.via = std::make_shared<const Upstream>(parse_upstream(url).value())});
  settings.handshake_timeout = std::chrono::milliseconds(500);
  return settings;
}

TEST_CASE("a tunnel goes through a tunnel, and what came along with the answer is relayed") {
  test::Origin upstream;
  ProxyFixture proxy({.settings = through("http://me:secret@" + upstream.authority())});
  auto client = proxy.connect();
  client.send("CONNECT server.test:25 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto server = upstream.accept();
  CHECK(server.read_head() ==
        "CONNECT server.test:25 HTTP/1.1\r\nHost: server.test:25\r\n"
        "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
  server.send("HTTP/1.1 200 OK\r\n\r\n220 mail\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
  CHECK(client.read_exactly(10) == "220 mail\r\n");
  client.send("QUIT");
  CHECK(server.read_exactly(4) == "QUIT");
}

TEST_CASE("SOCKS5 is told the server's name") {
  test::Origin upstream;
  ProxyFixture proxy({.settings = through("socks5://" + upstream.authority())});
  auto client = proxy.connect();
  client.send("CONNECT server.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto server = upstream.accept();
  CHECK(server.read_exactly(3) == "\5\1\0"s);
  server.send("\5\0"s);
  CHECK(server.read_exactly(18) == "\5\1\0\3\x0bserver.test\1\xbb"s);
  server.send("\5\0\0\1\0\0\0\0\0\0"s);
  CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("an answer that never comes ends, and one that refuses is told") {
  test::Origin upstream;
  ProxyFixture proxy({.settings = through("http://" + upstream.authority())});
  auto client = proxy.connect();
  client.send("CONNECT server.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto silent = upstream.accept();
  CHECK(client.read_to_end().contains("it did not answer in time"));
  auto second = proxy.connect();
  second.send("CONNECT server.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto refusing = upstream.accept();
  refusing.read_head();
  refusing.send("HTTP/1.1 403 No\r\n\r\n");
  CHECK(second.read_to_end().contains("it answered CONNECT with 403 No"));
}

TEST_CASE("plain requests go to a proxy for HTTP in absolute-form, with its login") {
  test::Origin upstream;
  ProxyFixture proxy({.settings = through("http://me:secret@" + upstream.authority())});
  auto client = proxy.connect();
  client.send("GET http://server.test/a HTTP/1.1\r\nHost: server.test\r\n\r\n");
  auto server = upstream.accept();
  CHECK(server.read_head() ==
        "GET http://server.test/a HTTP/1.1\r\nHost: server.test\r\n"
        "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
  server.send("HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n");
  const auto answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  CHECK(answer.contains("it answered with 407 Login"));
}

}  // namespace
}  // namespace mitm::proxy
