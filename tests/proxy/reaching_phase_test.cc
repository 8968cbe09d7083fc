#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

TEST_CASE("what the client has sent waits for its server, and is all there") {
  Origin origin;
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  Peer client = proxy.tunnel(origin.authority());
  client.send("PING\r\n");
  Peer server = origin.accept();
  CHECK(server.read_exactly(6) == "PING\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow() == Lines{"client bytes PING\r\n", "end tcp complete 6/0"});
}

TEST_CASE("a server that cannot be reached ends the connection as it would have") {
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  const auto authority = "127.0.0.1:" + std::to_string(test::refusing_port());
  Peer client = proxy.tunnel(authority);
  client.send("PING\r\n");
  CHECK(client.read_to_end().empty());
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow() ==
        Lines{"unreached " + authority, "end tcp incomplete error connect-refused 0/0"});
}

TEST_CASE("a client that ends meanwhile is heard to its end") {
  Origin origin;
  ProxyFixture proxy({.settings = {.connect_lazily = true}});
  Peer client = proxy.tunnel(origin.authority());
  client.send("BYE\r\n");
  client.shutdown_write();
  Peer server = origin.accept();
  CHECK(server.read_to_end() == "BYE\r\n");
  server.send("BYE\r\n");
  server.shutdown_write();
  CHECK(client.read_to_end() == "BYE\r\n");
}

}  // namespace
}  // namespace mitm::proxy
