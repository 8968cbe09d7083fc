#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"
#include "tests/tls/support/connection.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Both ends of an intercepted connection, past their handshakes.
struct Intercepted {
  explicit Intercepted(const std::string& alpn = {})
      : client(proxy.tunnel(origin.authority())), server(Fd{}) {
    REQUIRE(proxy.handshakes(client, origin, server, alpn));
  }

  Origin origin;
  ProxyFixture proxy;
  Peer client;
  Peer server;
};

TEST_CASE("an exchange over intercepted TLS is recorded in the clear") {
  Intercepted t("http/1.1");
  t.client.send(kGet);
  CHECK(t.server.read_head() == kGet);
  t.server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.shutdown_write();
  CHECK(t.server.read_to_end().empty());
  CHECK(t.server.ending() == Ending::kClosed);
  t.server.shutdown_write();
  CHECK(t.client.read_to_end().empty());
  CHECK(t.client.ending() == Ending::kClosed);
  CHECK(t.proxy.all_lines() == Lines{"0 opened", "0 connected " + t.origin.authority(),
                                     "0 hello localhost", "0 tls server http/1.1",
                                     "0 tls client http/1.1", "1 request GET https://a/",
                                     "1 client end 0", "1 response 200", "1 server body ok",
                                     "1 server end 2", "1 end http complete 27/40", "0 closed"});
}

TEST_CASE("a server that speaks first inside TLS is heard") {
  Intercepted t;
  t.server.send("220 mail\r\n");
  CHECK(t.client.read_until("\r\n") == "220 mail\r\n");
  t.client.close();
  t.server.close();
  const auto records = t.proxy.stop();
  CHECK(test::flow_lines(records, 1).front() == "server bytes 220 mail\r\n");
}

TEST_CASE("a server whose certificate is not trusted is a 502 over TLS that says why") {
  Origin origin;
  ProxyFixture proxy({.trust_origins = false});
  Peer client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send(kGet);
  const auto page = client.read_to_end();
  CHECK(page.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(page.find("--insecure") != std::string::npos);
  CHECK(client.ending() == Ending::kClosed);
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error tls-verify"));
}

TEST_CASE("with insecure the same server is used") {
  Origin origin;
  ProxyFixture proxy({.settings = {.insecure = true}, .trust_origins = false});
  Peer client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send(kGet);
  CHECK(server.read_head() == kGet);
}

TEST_CASE("a server that does not speak TLS is a 502 over TLS") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  bool shaken = false;
  std::thread thread([&] { shaken = proxy.client_handshake(client); });
  Peer server = origin.accept();
  const bool garbage = GENERATE(false, true);
  CHECK(server.read_exactly(1) == "\x16");
  if (garbage) server.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  server.close();
  thread.join();
  REQUIRE(shaken);
  client.send(kGet);
  CHECK(client.read_to_end().starts_with("HTTP/1.1 502 "));
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error tls-server"));
}

TEST_CASE("a server that never answers the handshake is given up in time") {
  Origin origin;
  ProxyFixture proxy({.settings = {.handshake_timeout = std::chrono::seconds(2)}});
  Peer client = proxy.tunnel(origin.authority());
  const Peer silent = origin.accept();
  REQUIRE(proxy.client_handshake(client));
  client.send(kGet);
  CHECK(client.read_to_end().find("did not finish its TLS handshake") != std::string::npos);
}

TEST_CASE("a client that refuses our certificate is a failed flow, and the server is let go") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  bool shaken = true;
  std::thread thread([&] {
    shaken = client.shake_hands(test::stock_client(client.fd(), nullptr, "localhost"));
    client.close();
  });
  Peer server = origin.accept();
  CHECK(proxy.server_handshake(server));
  thread.join();
  CHECK_FALSE(shaken);
  CHECK(server.read_to_end().empty());
  const auto lines = proxy.all_lines();
  CHECK(std::ranges::count(lines, "1 end tls incomplete error tls-client 0/0") == 1);
  CHECK(lines.back() == "0 closed error tls-client");
}

TEST_CASE("a client that offers only what cannot be decoded is passed through to the real server") {
  Origin origin;
  ProxyFixture proxy;
  Peer client = proxy.tunnel(origin.authority());
  Peer server(Fd{});
  REQUIRE(proxy.handshakes(client, origin, server, "h2"));
  client.send("secret");
  CHECK(server.read_exactly(6) == "secret");
  server.shutdown_write();
  CHECK(client.read_to_end().empty());
  client.shutdown_write();
  CHECK(server.read_to_end().empty());
  const auto lines = proxy.all_lines();
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.starts_with("1 end tls complete passed ");
        }) == 1);
  CHECK(std::ranges::count_if(
            lines, [](const auto& line) { return line.find("secret") != std::string::npos; }) == 0);
}

}  // namespace
}  // namespace mitm::proxy
