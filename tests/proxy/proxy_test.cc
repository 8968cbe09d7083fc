#include "lib/proxy/proxy.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;

constexpr int kClients = 8;
constexpr int kRequests = 25;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_CASE("several workers record every exchange of many clients once") {
  Origin origin;
  ProxyFixture proxy({.workers = 3});
  const auto request = "GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    auto client = proxy.connect();
    client.send(request);
    threads.emplace_back([server = origin.accept()]() mutable {
      while (!server.read_head().empty()) server.send(kOk);
    });
    threads.emplace_back([&, client = std::move(client)]() mutable {
      for (int j = 0; j < kRequests; ++j) {
        if (client.read_exactly(kOk.size()) == kOk) ++answered;
        if (j + 1 < kRequests) client.send(request);
      }
      client.close();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(answered == kClients * kRequests);
  const auto lines = proxy.all_lines();
  const auto is_complete = [](const std::string& line) {
    return line.find(" end http complete ") != std::string::npos;
  };
  CHECK(std::ranges::count_if(lines, is_complete) == kClients * kRequests);
}

TEST_CASE("a proxy that nobody drains drains itself, connections or not") {
  Origin origin;
  const ProxyFixture idle;
  ProxyFixture busy;
  const Peer client = busy.tunnel(origin.authority());
}

}  // namespace
}  // namespace mitm::proxy
