#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"

// What goes wrong with requests in absolute-form.

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string get(const std::string& authority, const std::string& fields = "") {
  return "GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n" + fields + "\r\n";
}

/// A client whose first request has been answered, so that the connection is kept alive.
struct KeptAlive {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  Peer server = begin();

  Peer begin() {
    client.send(get(origin.authority()));
    Peer accepted = origin.accept();
    accepted.read_head();
    accepted.send(kOk);
    CHECK(client.read_exactly(kOk.size()) == kOk);
    return accepted;
  }
};

/// What the client gets when its only request is answered with `answer` and the end.
std::string answered_with(ProxyFixture& proxy, const std::string& answer) {
  Origin origin;
  Peer client = proxy.connect();
  client.send(get(origin.authority()));
  Peer server = origin.accept();
  server.read_head();
  server.send(answer);
  server.close();
  return client.read_to_end();
}

TEST_CASE("a host that cannot be reached is a 502, and the flow says why") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  const auto authority = "127.0.0.1:" + std::to_string(test::refusing_port());
  client.send(get(authority));
  CHECK(client.read_to_end().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error connect-refused"));
}

TEST_CASE("a request for the proxy itself is a 502 and no loop") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(get(to_string(proxy.endpoint())));
  CHECK(client.read_to_end().find("is this proxy itself") != std::string::npos);
}

TEST_CASE("HEAD gets no body with its 502") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("HEAD http://127.0.0.1:" + std::to_string(test::refusing_port()) +
              "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end().ends_with("\r\n\r\n"));
}

TEST_CASE("an ambiguous request gets a 400 and never reaches the server, wherever it comes") {
  KeptAlive t;
  t.client.send(get(t.origin.authority(), "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") +
                "0\r\n\r\n");
  CHECK(t.client.read_to_end().starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(t.server.read_to_end().empty());
  const auto records = t.proxy.stop();
  CHECK(test::flow_lines(records, 2).back().starts_with("end http incomplete error protocol"));
}

TEST_CASE("a request that is none gets a 400") {
  KeptAlive t;
  t.client.send(std::string("\x16\x03\x01\r\n\r\n", 7));
  CHECK(t.client.read_to_end().starts_with("HTTP/1.1 400 "));
  CHECK(t.server.read_to_end().empty());
  const auto lines = t.proxy.all_lines();
  CHECK(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("client bytes \x16\x03\x01") != std::string::npos;
  }));
}

TEST_CASE("a body that turns out to be ambiguous is a 400, and reset for the server") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("POST http://" + origin.authority() +
              "/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  Peer server = origin.accept();
  server.read_until("abc\r\n");
  client.send("3 \r\nGET / HTTP/1.1\r\n\r\n");
  server.drain();
  CHECK(server.ending() == Ending::kReset);
  CHECK(client.read_to_end().starts_with("HTTP/1.1 400 "));
  CHECK(client.ending() == Ending::kClosed);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error protocol"));
}

TEST_CASE("an ambiguous answer is a 502") {
  ProxyFixture proxy;
  const auto got =
      answered_with(proxy, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
  CHECK(got.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(got.find("the server's answer is ambiguous: ") != std::string::npos);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error protocol"));
}

TEST_CASE("an answer that is not HTTP/1 is a 502") {
  ProxyFixture proxy;
  CHECK(answered_with(proxy, "SSH-2.0-OpenSSH_9.2\r\n\r\n").starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a server that closes without an answer is a 502") {
  ProxyFixture proxy;
  CHECK(answered_with(proxy, "").starts_with("HTTP/1.1 502 "));
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error incomplete"));
}

TEST_CASE("an answer that is cut short reaches the client as the server cut it") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(get(origin.authority()));
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(client.read_until("half").ends_with("half"));
  const bool reset = GENERATE(false, true);
  reset ? server.reset() : server.close();
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == (reset ? Ending::kReset : Ending::kClosed));
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error"));
}

TEST_CASE("what a server sends unasked never reaches the client, and the next request goes well") {
  KeptAlive t;
  t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  CHECK(t.server.read_to_end().empty());
  t.client.send(get(t.origin.authority()));
  Peer fresh = t.origin.accept();
  fresh.read_head();
  fresh.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.close();
  const auto records = t.proxy.stop();
  CHECK(test::flow_lines(records, 2)[0] == "server anomaly unsolicited-response");
  CHECK(test::flow_lines(records, 3).back().starts_with("end http complete"));
}

TEST_CASE(
    "what a server sends behind its answer never reaches the client, which still gets the answer") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(get(origin.authority()));
  Peer server = origin.accept();
  server.read_head();
  server.send(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  CHECK(client.read_exactly(kOk.size()) == kOk);
  CHECK(client.is_quiet(50));
}

TEST_CASE("a request with a body is not sent twice") {
  KeptAlive t;
  t.client.send("POST http://" + t.origin.authority() +
                "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  t.server.read_until("abc");
  t.server.close();
  CHECK(t.client.read_to_end().starts_with("HTTP/1.1 502 "));
  CHECK(t.origin.is_untouched());
}

TEST_CASE("a kept-alive server connection that is closed between requests is replaced") {
  KeptAlive t;
  t.server.close();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  t.client.send("POST http://" + t.origin.authority() +
                "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  Peer fresh = t.origin.accept();
  CHECK(fresh.read_until("abc").ends_with("abc"));
}

TEST_CASE("a client that goes away in the middle of its request cuts the server off") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("POST http://" + origin.authority() +
              "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
  Peer server = origin.accept();
  server.read_until("half");
  const bool reset = GENERATE(false, true);
  reset ? client.reset() : client.close();
  server.drain();
  CHECK(server.ending() == Ending::kReset);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error"));
}

TEST_CASE("a server that resets an upgraded connection resets the client") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send(get(origin.authority(), "Connection: upgrade\r\nUpgrade: echo\r\n"));
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 101"));
  server.reset();
  client.drain();
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error server-reset"));
}

TEST_CASE("CONNECT after other requests is refused") {
  KeptAlive t;
  t.client.send("CONNECT " + t.origin.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(t.client.read_to_end().starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a later request's head that does not come to its end gets a 408") {
  Origin origin;
  ProxyFixture proxy({.settings = {.recording = {}, .head_timeout = std::chrono::seconds(2)}});
  Peer client = proxy.connect();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\nGET ht");
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 408 "));
  client.close();
  CHECK(test::flow_lines(proxy.stop(), 2) == Lines{"end tcp incomplete error timeout 0/0"});
}

TEST_CASE("between requests there is no deadline") {
  Origin origin;
  ProxyFixture proxy({.settings = {.recording = {}, .head_timeout = std::chrono::seconds(1)}});
  Peer client = proxy.connect();
  const std::string request = "GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(request);
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  client.read_head();
  CHECK(client.is_quiet(1500));
  client.send(request);
  CHECK_FALSE(server.read_head().empty());
}

TEST_CASE("an answer that ends with its connection is not whole when that is reset") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("POST http://" + origin.authority() +
              "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n");
  Peer server = origin.accept();
  server.read_head();
  std::thread upload([&] { client.send(std::string(std::size_t{64} << 20, 'u')); });
  server.send("HTTP/1.1 200 OK\r\n\r\nhalf");
  CHECK(client.read_until("half").ends_with("half"));
  server.reset();
  client.drain();
  upload.join();
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error"));
}

TEST_CASE("a blank line between requests is no head that has to come to its end") {
  Origin origin;
  ProxyFixture proxy({.settings = {.recording = {}, .head_timeout = std::chrono::seconds(1)}});
  Peer client = proxy.connect();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n\r\n");
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  client.read_head();
  CHECK(client.is_quiet(1500));
}

TEST_CASE("a head beyond the limit gets a 431, an answer's a 502") {
  Origin origin;
  ProxyFixture proxy({.settings = {.recording = {.max_head = 1024}}});
  const std::string long_field = "X: " + std::string(2000, 'x') + "\r\n";
  const std::string get = "GET http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n";
  Peer first = proxy.connect();
  first.send(get + long_field + "\r\n");
  CHECK(first.read_to_end().starts_with("HTTP/1.1 431 "));
  Peer second = proxy.connect();
  second.send(get + "\r\n");
  Peer server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\n" + long_field + "\r\n");
  CHECK(second.read_to_end().starts_with("HTTP/1.1 502 "));
  second.send("x");
  first.close();
  second.close();
  CHECK(test::flow_lines(proxy.stop(), 2).back().starts_with("end http incomplete error protocol"));
}

TEST_CASE("a request whose server is not reached is recorded whole, and can be sent again") {
  ProxyFixture proxy;
  Peer client = proxy.connect();
  client.send("GET http://127.0.0.1:" + std::to_string(test::refusing_port()) +
              "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 502 "));
  client.close();
  const auto lines = proxy.only_flow();
  CHECK(std::ranges::count(lines, "client end 0") == 1);
  CHECK(lines.back().starts_with("end http incomplete error connect-refused"));
}

}  // namespace
}  // namespace mitm::proxy
