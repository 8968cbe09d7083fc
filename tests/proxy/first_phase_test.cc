#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

// Where connections go that arrived otherwise than through an explicit entrance.

namespace mitm::proxy {
namespace {

using test::Origin;
using test::Peer;
using test::ProxyFixture;

/// Rules that lead everything to us on its way to one place.
class To final : public net::OriginalDestinations {
 public:
  explicit To(Result<flow::Endpoint> destination) : destination_(std::move(destination)) {}
  Result<flow::Endpoint> find(int, const flow::Endpoint&) const override { return destination_; }

 private:
  Result<flow::Endpoint> destination_;
};

test::ProxyOptions transparent(Result<flow::Endpoint> destination) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kTransparent;
  options.entrance.destinations = std::make_shared<const To>(std::move(destination));
  return options;
}

test::ProxyOptions reverse(ReverseRoute::Scheme scheme, const flow::Endpoint& server) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{scheme, {server.address, server.port}};
  return options;
}

TEST_CASE("a transparent entrance leads to the original destination, and origin-form is decoded") {
  Origin origin;
  ProxyFixture proxy(transparent(origin.endpoint()));
  Peer client = proxy.connect();
  Peer server = origin.accept();
  client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.read_head() == "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 204 No Content\r\n\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end http complete 28/27");
}

TEST_CASE("there, a server may speak first") {
  Origin origin;
  ProxyFixture proxy(transparent(origin.endpoint()));
  Peer client = proxy.connect();
  Peer server = origin.accept();
  server.send("220 hello\r\n");
  CHECK(client.read_exactly(11) == "220 hello\r\n");
  client.send("QUIT\r\n");
  CHECK(server.read_exactly(6) == "QUIT\r\n");
}

TEST_CASE("there, TLS is opened on whatever port") {
  Origin origin;
  ProxyFixture proxy(transparent(origin.endpoint()));
  Peer client = proxy.connect();
  Peer server{Fd()};
  REQUIRE(proxy.handshakes(client, origin, server));
  client.send("hello");
  CHECK(server.read_exactly(5) == "hello");
}

TEST_CASE("there, a server that cannot be had is a reset, as it would be without us") {
  ProxyFixture proxy(transparent(flow::Endpoint{"127.0.0.1", 1}));
  Peer client = proxy.connect();
  client.read_to_end();
  CHECK(client.ending() == test::Ending::kReset);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error connect-refused 0/0");
}

TEST_CASE("a connection without an original destination is refused") {
  ProxyFixture proxy(transparent(fail(Code::kUsage, "no rule")));
  Peer client = proxy.connect();
  client.read_to_end();
  CHECK(client.ending() == test::Ending::kReset);
  CHECK(proxy.only_flow().back() == "end tcp incomplete error no-destination 0/0");
}

TEST_CASE("bytes for a reverse entrance of tcp are bytes, also where they look like HTTP") {
  Origin origin;
  ProxyFixture proxy(reverse(ReverseRoute::Scheme::kTcp, origin.endpoint()));
  Peer client = proxy.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  Peer server = origin.accept();
  CHECK(server.read_head() == "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end tcp complete 27/0");
}

}  // namespace
}  // namespace mitm::proxy
