#include "lib/net/netfilter_destinations.h"

#include <catch2/catch.hpp>

#include "tests/support/peer.h"

// With real rules: tests/e2e/transparent_test.py.

namespace mitm::net {
namespace {

TEST_CASE("a connection that no rule has touched has no original destination") {
  test::Origin origin;
  test::Peer client = test::connect_peer(origin.endpoint());
  const test::Peer server = origin.accept();
  const auto found = make_netfilter_destinations()->find(server.fd(), origin.endpoint());
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().message.find(origin.authority()) != std::string::npos);
}

TEST_CASE("one to an address that is not the listener's was led here by TPROXY") {
  test::Origin origin;
  test::Peer client = test::connect_peer(origin.endpoint());
  const test::Peer server = origin.accept();
  CHECK(make_netfilter_destinations()->find(server.fd(), {"192.0.2.1", 1}) == origin.endpoint());
}

}  // namespace
}  // namespace mitm::net
