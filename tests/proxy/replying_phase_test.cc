#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using test::Ending;
using test::Origin;
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
  ProxyFixture proxy(
      {.settings = {.recording = {}, .linger_timeout = std::chrono::milliseconds(100)}});
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_to_end();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
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

TEST_CASE("a client that never reads what it was sent is closed in the end") {
  Origin origin;
  ProxyFixture proxy(
      {.settings = {.recording = {}, .write_timeout = std::chrono::milliseconds(200)}});
  Peer client = proxy.connect();
  client.shrink_receive_buffer();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.0\r\n\r\n");
  Peer server = origin.accept();
  server.read_head();
  // More than the kernel takes on the way, and the connection ends with it.
  std::thread answer([&] {
    server.send("HTTP/1.0 200 OK\r\n\r\n");
    server.send(std::string(std::size_t{1} << 18, 'x'));
    server.close();
  });
  CHECK(proxy.wait_for_flows(1));
  answer.join();
  const auto closed = [&] { return proxy.all_lines().back().starts_with("0 closed"); };
  CHECK(closed());
}

}  // namespace
}  // namespace mitm::proxy
