#include <catch2/catch.hpp>
#include <thread>

#include "lib/proxy/phases.h"
#include "tests/support/proxy_fixture.h"
#include "tests/support/session_fixture.h"

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
  ProxyFixture proxy(
      {.settings = {.recording = {}, .linger_timeout = std::chrono::milliseconds(100)}});
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_to_end();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  bool is_taken = true;
  for (int i = 0; i < 500 && is_taken; ++i) {
    is_taken = client.send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK_FALSE(is_taken);
}

TEST_CASE("a client that resets while it is replied to ends the connection once") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 400 "));
  client.reset();
  CHECK(proxy.all_lines().back().starts_with("0 closed"));
}

TEST_CASE("a client that resets before it has read everything is named") {
  test::SessionFixture f;
  f.session->enter(
      make_replying_phase(*f.session, std::string(std::size_t{64} << 20, 'x'), std::nullopt));
  test::run_for(*f.loop, std::chrono::milliseconds(50));
  f.client->reset();
  CHECK(test::run_until(*f.loop, [&] { return f.retired == 1; }));
  CHECK(f.lines().back() == "0 closed error client-reset");
}

TEST_CASE("a client that never reads what it was sent is reset in the end") {
  constexpr std::size_t kMoreThanTheKernelTakes = std::size_t{64} << 20;
  test::SessionFixture f({.recording = {}, .write_timeout = std::chrono::milliseconds(100)});
  f.session->enter(
      make_replying_phase(*f.session, std::string(kMoreThanTheKernelTakes, 'x'), std::nullopt));
  CHECK(test::run_until(*f.loop, [&] { return f.retired == 1; }));
  CHECK(f.lines().back() == "0 closed error timeout");
  CHECK(f.client->drain() < kMoreThanTheKernelTakes);
  CHECK(f.client->ending() == Ending::kReset);
}

}  // namespace
}  // namespace mitm::proxy
