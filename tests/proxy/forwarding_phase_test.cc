#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"

// Requests in absolute-form that go well. forwarding_refusals_test.cc has those that do not.

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A client of the proxy and a server that requests can be sent to.
struct Forward {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();

  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://" + origin.authority() + path;
  }
  [[nodiscard]] std::string request(const std::string& method = "GET",
                                    const std::string& path = "/",
                                    const std::string& fields = "") const {
    return method + " " + url(path) + " HTTP/1.1\r\nHost: " + origin.authority() + "\r\n" + fields +
           "\r\n";
  }
  [[nodiscard]] std::string forwarded(const std::string& method = "GET",
                                      const std::string& path = "/",
                                      const std::string& fields = "") const {
    return method + " " + path + " HTTP/1.1\r\nHost: " + origin.authority() + "\r\n" + fields +
           "\r\n";
  }
};

TEST_CASE("a request in absolute-form reaches its server in origin-form") {
  Forward t;
  t.client.send(t.request("GET", "/x"));
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded("GET", "/x"));
  server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.close();
  CHECK(server.read_to_end().empty());
  CHECK(t.proxy.only_flow() ==
        Lines{"request GET " + t.url("/x"), "client end 0", "connected " + t.origin.authority(),
              "response 200", "server body ok", "server end 2",
              "end http complete " + std::to_string(t.request("GET", "/x").size()) + "/40"});
}

TEST_CASE("one kept-alive client connection serves several hosts") {
  Forward t;
  Origin other;
  t.client.send(t.request());
  Peer first = t.origin.accept();
  first.read_head();
  first.send(kOk);
  t.client.read_exactly(kOk.size());
  t.client.send("GET http://" + other.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer second = other.accept();
  CHECK(second.read_head() == "GET / HTTP/1.1\r\nHost: " + other.authority() + "\r\n\r\n");
  second.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  CHECK(first.read_to_end().empty());
  t.client.close();
  const auto records = t.proxy.stop();
  CHECK(test::flow_lines(records, 1).back().starts_with("end http complete"));
  const auto lines = test::flow_lines(records, 2);
  CHECK(std::ranges::count(lines, "connected " + other.authority()) == 1);
}

TEST_CASE("requests to the same server share its connection") {
  Forward t;
  t.client.send(t.request());
  Peer server = t.origin.accept();
  for (int i = 0; i < 3; ++i) {
    CHECK(server.read_head() == t.forwarded());
    server.send(kOk);
    CHECK(t.client.read_exactly(kOk.size()) == kOk);
    if (i < 2) t.client.send(t.request());
  }
  CHECK(t.origin.is_untouched());
}

TEST_CASE("pipelined requests are sent on one by one, and answered in order") {
  Forward t;
  t.client.send(t.request("GET", "/1") + t.request("POST", "/2", "Content-Length: 3\r\n") + "abc" +
                t.request("GET", "/3"));
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded("GET", "/1"));
  CHECK(server.is_quiet(50));
  server.send(kOk);
  CHECK(server.read_until("abc") == t.forwarded("POST", "/2", "Content-Length: 3\r\n") + "abc");
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(server.read_head() == t.forwarded("GET", "/3"));
  server.send(kOk);
  CHECK(t.client.read_exactly(2 * kOk.size() + 27) ==
        kOk + "HTTP/1.1 204 No Content\r\n\r\n" + kOk);
}

TEST_CASE("pipelined requests of a client that then says no more are all answered") {
  Forward t;
  t.client.send(t.request("GET", "/1"));
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded("GET", "/1"));
  // They come while the first one is still being answered.
  t.client.send(t.request("GET", "/2"));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  t.client.send(t.request("GET", "/3"));
  t.client.shutdown_write();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  server.send(kOk);
  CHECK(server.read_head() == t.forwarded("GET", "/2"));
  server.send(kOk);
  CHECK(server.read_head() == t.forwarded("GET", "/3"));
  server.send(kOk);
  CHECK(t.client.read_to_end() == kOk + kOk + kOk);
  CHECK(t.client.ending() == Ending::kClosed);
}

TEST_CASE("a client that half-closes after its request gets its answer") {
  Forward t;
  t.client.send(t.request());
  t.client.shutdown_write();
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded());
  server.send(kOk);
  CHECK(t.client.read_to_end() == kOk);
  CHECK(t.client.ending() == Ending::kClosed);
}

TEST_CASE("everything works one byte at a time") {
  Forward t;
  t.client.send_bytewise(t.request("POST", "/", "Transfer-Encoding: chunked\r\n") +
                         "3\r\nabc\r\n0\r\n\r\n");
  Peer server = t.origin.accept();
  CHECK(server.read_until("0\r\n\r\n") ==
        t.forwarded("POST", "/", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n");
  server.send_bytewise(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
}

TEST_CASE("Expect: 100-continue is the server's to answer") {
  Forward t;
  const std::string fields = "Content-Length: 3\r\nExpect: 100-continue\r\n";
  t.client.send(t.request("POST", "/", fields));
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded("POST", "/", fields));
  server.send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(t.client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
  t.client.send("abc");
  CHECK(server.read_exactly(3) == "abc");
  server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
}

TEST_CASE("an early answer to an upload reaches the client before the upload ends") {
  Forward t;
  t.client.send(t.request("POST", "/", "Content-Length: 6\r\n") + "abc");
  Peer server = t.origin.accept();
  server.read_until("abc");
  server.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  CHECK(t.client.read_head().starts_with("HTTP/1.1 413"));
  t.client.send("def");
  CHECK(server.read_exactly(3) == "def");
  t.client.send(t.request());
  CHECK(server.read_head() == t.forwarded());
}

TEST_CASE("a body until the close ends with the client's connection") {
  Forward t;
  t.client.send(t.request());
  {
    Peer server = t.origin.accept();
    server.read_head();
    server.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  }
  CHECK(t.client.read_to_end() == "HTTP/1.1 200 OK\r\n\r\nall of it");
  CHECK(t.client.ending() == Ending::kClosed);
  CHECK(t.proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("an upgrade makes a tunnel, half-close included") {
  Forward t;
  const std::string fields = "Connection: upgrade\r\nUpgrade: echo\r\n";
  t.client.send(t.request("GET", "/", fields) + "early");
  Peer server = t.origin.accept();
  CHECK(server.read_head() == t.forwarded("GET", "/", fields));
  CHECK(server.is_quiet(50));
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhi";
  server.send(answer);
  CHECK(t.client.read_exactly(answer.size()) == answer);
  CHECK(server.read_exactly(5) == "early");
  t.client.send("bye");
  t.client.shutdown_write();
  CHECK(server.read_to_end() == "bye");
  server.send("ciao");
  server.close();
  CHECK(t.client.read_to_end() == "ciao");
  CHECK(t.client.ending() == Ending::kClosed);
  CHECK(t.proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("a client that half-closes before the switch half-closes the tunnel") {
  Forward t;
  t.client.send(t.request("GET", "/", "Connection: upgrade\r\nUpgrade: echo\r\n"));
  t.client.shutdown_write();
  Peer server = t.origin.accept();
  server.read_head();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhi");
  CHECK(server.read_to_end().empty());
  server.close();
  CHECK(t.client.read_to_end().ends_with("\r\n\r\nhi"));
}

TEST_CASE("a refused upgrade leaves a connection for further requests") {
  Forward t;
  t.client.send(t.request("GET", "/", "Connection: upgrade\r\nUpgrade: echo\r\n"));
  Peer server = t.origin.accept();
  server.read_head();
  server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.send(t.request("GET", "/2"));
  CHECK(server.read_head() == t.forwarded("GET", "/2"));
}

TEST_CASE("a request without a body is sent again when its kept-alive connection was just closed") {
  Forward t;
  t.client.send(t.request());
  Peer first = t.origin.accept();
  first.read_head();
  first.send(kOk);
  t.client.read_exactly(kOk.size());
  t.client.send(t.request("GET", "/again"));
  first.read_head();
  first.close();
  Peer second = t.origin.accept();
  CHECK(second.read_head() == t.forwarded("GET", "/again"));
  second.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
}

TEST_CASE("64 MiB are forwarded both ways") {
  constexpr std::size_t kHuge = std::size_t{64} << 20;
  Forward t;
  std::thread client([&] {
    t.client.send(t.request("POST", "/", "Content-Length: 67108864\r\n"));
    t.client.send(std::string(kHuge, 'u'));
  });
  Peer server = t.origin.accept();
  server.read_head();
  CHECK(server.read_exactly(kHuge).size() == kHuge);
  client.join();
  std::thread answer([&] {
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
    server.send(std::string(kHuge, 'd'));
  });
  t.client.read_head();
  CHECK(t.client.read_exactly(kHuge).size() == kHuge);
  answer.join();
}

TEST_CASE("a login in trailers is for no server and no recording") {
  Forward t;
  t.client.send(t.request("POST", "/", "Transfer-Encoding: chunked\r\n") +
                "0\r\nProxy-Authorization: Basic abc\r\n\r\n");
  Peer server = t.origin.accept();
  server.read_head();
  CHECK(server.read_until("\r\n\r\n") == "0\r\nProxy-Authorization: ***** ***\r\n\r\n");
  server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.close();
  server.close();
  for (const auto& line : t.proxy.only_flow()) CHECK_FALSE(line.contains("abc"));
}

}  // namespace
}  // namespace mitm::proxy
