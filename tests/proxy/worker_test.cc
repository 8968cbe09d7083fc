#include "lib/proxy/worker.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

// Draining, and what happens when the recorder is behind.

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t kMuch = std::size_t{8} << 20;

TEST_CASE("a drain closes what is idle at once, however patient it is") {
  Origin origin;
  ProxyFixture proxy;
  Peer silent = proxy.connect();
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  client.send(kGet);
  server.read_head();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  client.read_head();
  const auto started = std::chrono::steady_clock::now();
  proxy.drain(1h);
  CHECK(std::chrono::steady_clock::now() - started < 30s);
  silent.drain();
  client.drain();
  CHECK(proxy.only_flow().back() == "end http complete 27/27");
}

TEST_CASE("a drain gives what is running time to end") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  client.send(kGet);
  server.read_head();
  std::thread late([&] {
    std::this_thread::sleep_for(100ms);
    server.send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  proxy.drain(30s);
  late.join();
  CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(proxy.only_flow().back() == "end http complete 27/27");
}

TEST_CASE("a drain cuts what outlasts its patience and records it as incomplete") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  client.send(kGet);
  server.read_head();
  proxy.drain(50ms);
  client.drain();
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow().back() == "end http incomplete error aborted 27/0");
}

TEST_CASE("a drain cuts every phase, and each flow ends once") {
  Origin origin;
  ProxyFixture proxy;
  Peer opening = proxy.connect();
  opening.send("CONNECT a");
  Peer sniffing = proxy.tunnel(origin.authority());
  Peer sniffed = origin.accept();
  sniffing.send(std::string_view("\x16\x03\x01", 3));
  Peer forwarding = proxy.connect();
  forwarding.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer asked = origin.accept();
  asked.read_head();
  std::this_thread::sleep_for(30ms);
  proxy.drain(0ms);
  const auto lines = proxy.all_lines();
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.find("incomplete error aborted") != std::string::npos;
        }) == 3);
}

TEST_CASE("nobody is accepted any more once a drain began") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  client.send("still busy");
  server.read_exactly(10);
  std::thread drain([&] { proxy.drain(60s); });
  // The port is free as soon as nobody listens; the flow still runs.
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!net::bind_listeners(proxy.endpoint(), 1) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  CHECK(net::bind_listeners(proxy.endpoint(), 1).has_value());
  client.send("still there");
  CHECK(server.read_exactly(11) == "still there");
  client.close();
  server.close();
  drain.join();
}

TEST_CASE("who finds no place waits, and is served when another connection has ended") {
  Origin origin;
  ProxyFixture proxy({.places = 2});
  const std::string request =
      "GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: " + origin.authority() + "\r\n\r\n";
  Peer first = proxy.connect();
  Peer second = proxy.connect();
  Peer third = proxy.connect();
  for (Peer* client : {&first, &second, &third}) client->send(request);
  Peer one = origin.accept();
  Peer other = origin.accept();
  std::this_thread::sleep_for(100ms);
  CHECK(origin.is_untouched());
  REQUIRE(proxy.reports().size() == 1);
  CHECK(proxy.reports().front().starts_with(
      "few-descriptors: connections use the 6 file descriptors"));
  one.read_head();
  one.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  one.close();
  Peer last = origin.accept();
  for (Peer* server : {&other, &last}) {
    server->read_head();
    server->send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    server->close();
  }
  for (Peer* client : {&first, &second, &third})
    CHECK(client->read_to_end().starts_with("HTTP/1.1 204"));
  CHECK(proxy.wait_for_flows(3));
}

TEST_CASE("where places are short who is idle leaves, and nobody else") {
  Origin origin;
  ProxyFixture proxy({.workers = 2, .places = 3});
  Peer idle = proxy.tunnel(origin.authority());
  Peer idle_server = origin.accept();
  idle.send(kGet);
  idle_server.read_head();
  idle_server.send("HTTP/1.1 204 No Content\r\n\r\n");
  idle.read_head();
  Peer silent = proxy.tunnel(origin.authority());
  Peer silent_server = origin.accept();
  silent.send("not HTTP");
  silent_server.read_exactly(8);
  Peer waits_for_answer = proxy.tunnel(origin.authority());
  Peer slow_server = origin.accept();
  waits_for_answer.send(kGet);
  slow_server.read_head();
  Peer late = proxy.tunnel(origin.authority());
  Peer late_server = origin.accept();
  late.send("late");
  CHECK(late_server.read_exactly(4) == "late");
  CHECK(idle.read_to_end().empty());
  CHECK(idle.ending() == Ending::kClosed);
  silent_server.send("still here");
  CHECK(silent.read_exactly(10) == "still here");
  slow_server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(waits_for_answer.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("a client of one worker gets the place that another worker's has left") {
  Origin origin;
  ProxyFixture proxy({.workers = 4, .places = 1});
  for (int i = 0; i < 20; ++i) {
    Peer client = proxy.tunnel(origin.authority());
    Peer server = origin.accept();
    client.send("hello");
    CHECK(server.read_exactly(5) == "hello");
  }
}

TEST_CASE("a recorder that is behind stops the reading, and nothing is lost") {
  Origin origin;
  ProxyFixture proxy({.recorder_high_mark = 64 * 1024});
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  client.send(kGet);
  server.read_head();
  proxy.vault.shut();
  std::atomic<std::size_t> sent = 0;
  std::thread sender([&] {
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    for (; sent < 8 * kMuch && server.send(piece); sent += piece.size()) {
    }
  });
  std::size_t got = 0;
  std::thread receiver([&] {
    client.read_head();
    got = client.read_exactly(8 * kMuch).size();
  });
  std::size_t while_shut = 0;
  do {
    while_shut = sent;
    std::this_thread::sleep_for(300ms);
  } while (sent != while_shut);
  CHECK(while_shut < 4 * kMuch);  // what the kernel's buffers hold, not more
  proxy.vault.open();
  sender.join();
  receiver.join();
  CHECK(got == 8 * kMuch);
  client.close();
  server.close();
  const auto lines = proxy.only_flow();
  CHECK(std::ranges::count(lines, "server end 67108864") == 1);
  CHECK(lines.back().starts_with("end http complete"));
}

TEST_CASE("who connects while the recorder is behind is served when it has caught up") {
  Origin origin;
  ProxyFixture proxy({.recorder_high_mark = 1024});
  Peer first = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  proxy.vault.shut();
  first.send(std::string(1 << 16, 'x'));
  CHECK_FALSE(server.read_exactly(1).empty());
  std::this_thread::sleep_for(50ms);
  Peer late = proxy.connect();
  late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(late.is_quiet(100));
  proxy.vault.open();
  CHECK(late.read_to_end().starts_with("HTTP/1.1 400 "));
  CHECK(server.read_exactly((1 << 16) - 1).size() == (1 << 16) - 1);
}

TEST_CASE("nobody's time runs out while the recorder is behind") {
  Origin origin;
  ProxyFixture proxy({.settings = {.head_timeout = 1s}, .recorder_high_mark = 1024});
  Peer first = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  proxy.vault.shut();
  first.send(std::string(1 << 16, 'x'));
  CHECK_FALSE(server.read_exactly(1).empty());
  std::this_thread::sleep_for(50ms);
  Peer late = proxy.connect();
  late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(late.is_quiet(2000));
  proxy.vault.open();
  CHECK(late.read_to_end().starts_with("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace mitm::proxy
