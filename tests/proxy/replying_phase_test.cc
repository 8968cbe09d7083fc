#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using test::Ending;
using test::Peer;
using test::ProxyFixture;

TEST_CASE("a reply survives what the client is still sending") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  std::thread upload([&] {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
    client.send(std::string(std::size_t{8} << 20, 'x'));
  });
  upload.join();
  CHECK(client.read_to_end().starts_with("HTTP/1.1 400 "));
  CHECK(client.ending() == Ending::kClosed);
}

TEST_CASE("a client that does not close after our last words is closed in the end") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_to_end();
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  client.send("x");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_FALSE(client.send("y"));
}

TEST_CASE("a client that resets while it is replied to ends the connection once") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 400 "));
  client.reset();
  CHECK(proxy.all_lines().back().starts_with("0 closed"));
}

}  // namespace
}  // namespace mitm::proxy
