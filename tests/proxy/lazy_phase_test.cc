#include <catch2/catch.hpp>
#include <thread>

#include "lib/proxy/phases.h"
#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_CASE("the client's handshake does not wait for a server, its request does") {
  Origin origin;
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  Peer client = proxy.tunnel(origin.authority());
  REQUIRE(proxy.client_handshake(client, {"http/1.1"}));
  client.send(kGet);
  Peer server = origin.accept();
  REQUIRE(proxy.server_handshake(server, "http/1.1"));
  CHECK(server.read_head() == kGet);
  server.send(kOk);
  CHECK(client.read_exactly(kOk.size()) == kOk);
  client.close();
  server.close();
  const auto lines = proxy.all_lines();
  CHECK(Lines(lines.begin(), lines.begin() + 5) ==
        Lines{"0 opened", "0 hello localhost", "0 tls client http/1.1",
              "0 connected " + origin.authority(), "0 tls server http/1.1"});
}

TEST_CASE("a server that is reached late is waited for, whoever was to speak first") {
  Origin upstream;
  Settings settings{.connect_lazily = true};
  settings.routes.upstreams.add({.via = std::make_shared<const Upstream>(
                                     parse_upstream("http://" + upstream.authority()).value())});
  ProxyFixture proxy({.settings = settings});
  Peer client = proxy.tunnel("localhost:443");
  REQUIRE(proxy.client_handshake(client));
  client.send("PING");
  Peer server = upstream.accept();
  server.read_head();
  std::this_thread::sleep_for(2 * kSilence);
  server.send("HTTP/1.1 200 OK\r\n\r\n");
  REQUIRE(proxy.server_handshake(server));
  CHECK(server.read_exactly(4) == "PING");
}

TEST_CASE("a server that is not there is told to the request") {
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  Peer client = proxy.tunnel("127.0.0.1:" + std::to_string(test::refusing_port()));
  REQUIRE(proxy.client_handshake(client));
  client.send(kGet);
  CHECK(client.read_to_end().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(proxy.only_flow().back().starts_with("end http incomplete error connect-refused"));
}

TEST_CASE("a client that has nothing to say leaves no flow") {
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  Peer client = proxy.tunnel("127.0.0.1:" + std::to_string(test::refusing_port()));
  REQUIRE(proxy.client_handshake(client));
  client.close();
  CHECK(proxy.all_lines() == Lines{"0 opened", "0 hello localhost", "0 tls client ", "0 closed"});
}

TEST_CASE("a client that stays and has nothing to say is let go of at some point") {
  ProxyFixture proxy({.settings = {.connect_lazily = true,
                                   .stillness = {.idle = std::chrono::milliseconds(200)}}});
  Peer client = proxy.tunnel("127.0.0.1:" + std::to_string(test::refusing_port()));
  REQUIRE(proxy.client_handshake(client, {"http/1.1"}));
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == test::Ending::kClosed);
  CHECK(proxy.all_lines() ==
        Lines{"0 opened", "0 hello localhost", "0 tls client http/1.1", "0 closed"});
}

TEST_CASE("a client whose handshake breaks off is a failed flow that names its server") {
  ProxyFixture proxy(
      {.settings = {.connect_lazily = true, .handshake_timeout = std::chrono::milliseconds(300)}});
  const auto authority = "127.0.0.1:" + std::to_string(test::refusing_port());
  {
    Peer client = proxy.tunnel(authority);
    std::thread thread([&] { static_cast<void>(proxy.wait_for_flows(1)); });
    client.send(Bytes("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10));
    client.reset();
    thread.join();
  }
  CHECK(proxy.only_flow().back().find("incomplete error") != std::string::npos);
}

}  // namespace
}  // namespace mitm::proxy
