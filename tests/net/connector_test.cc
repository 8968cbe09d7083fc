#include "lib/net/connector.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <optional>

#include "lib/net/address.h"
#include "tests/support/peer.h"
#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::make_loop;
using test::run_for;
using test::run_until;
using Outcome = std::expected<Connected, ConnectFailure>;

Outcome connect(const flow::Target& target, std::chrono::milliseconds timeout = 30s) {
  const auto loop = make_loop();
  Resolver resolver(1);
  std::optional<Outcome> outcome;
  const Connector connector(*loop, resolver, target, timeout,
                            [&](Outcome result) { outcome = std::move(result); });
  CHECK_FALSE(outcome.has_value());  // never from within the constructor
  REQUIRE(run_until(*loop, [&] { return outcome.has_value(); }));
  return *std::move(outcome);
}

/// Listens, but its queue is full: who connects now waits.
struct FullBacklog {
  FullBacklog() : origin(0) {
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const auto address = numeric_address("127.0.0.1", origin.port()).value();
      ::connect(waiting.back().get(), address.get(), address.length);
    }
  }
  test::Origin origin;
  std::vector<Fd> waiting;
};

TEST_CASE("a connection comes with its server's address and the times it took") {
  test::Origin origin;
  auto outcome = connect({"127.0.0.1", origin.port()});
  REQUIRE(outcome.has_value());
  CHECK(outcome->server == origin.endpoint());
  CHECK(outcome->connect > Duration::zero());
  CHECK((::fcntl(outcome->fd.get(), F_GETFL) & O_NONBLOCK) != 0);
  test::Peer ours(std::move(outcome->fd));
  test::Peer theirs = origin.accept();
  CHECK(ours.send("hi"));
  CHECK(theirs.read_exactly(2) == "hi");
}

TEST_CASE("a server that refuses is told apart from a name that does not exist") {
  const auto refused = connect({"127.0.0.1", test::refusing_port()});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == "connect-refused");
  CHECK(refused.error().error.message.ends_with(": Connection refused"));

  const auto unknown = connect({"no-such-host.invalid", 80});
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == "dns");
}

TEST_CASE("an unreachable address is a failure of its own kind") {
  const auto outcome = connect({"255.255.255.255", 80});
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().kind == "connect-failed");
}

TEST_CASE("a server that does not answer is given up in time") {
  const FullBacklog full;
  const auto started = std::chrono::steady_clock::now();
  const auto outcome = connect({"127.0.0.1", full.origin.port()}, 150ms);
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().kind == "connect-timeout");
  CHECK(outcome.error().error.message == "connect to " + full.origin.authority() + ": timed out");
  CHECK(std::chrono::steady_clock::now() - started >= 140ms);
}

TEST_CASE("the addresses of a name are tried one after the other") {
  // localhost is ::1 first where that exists, and nobody listens there.
  test::Origin origin;
  const auto outcome = connect({"localhost", origin.port()});
  REQUIRE(outcome.has_value());
  CHECK(outcome->server == origin.endpoint());
}

TEST_CASE("a connector that is gone calls nobody") {
  const auto loop = make_loop();
  Resolver resolver(1);
  test::Origin origin;
  int called = 0;
  std::optional<Connector> connector;
  SECTION("before the name is resolved") {
    connector.emplace(*loop, resolver, flow::Target{"localhost", origin.port()}, 10s,
                      [&](const auto&) { ++called; });
  }
  SECTION("before the address is tried") {
    connector.emplace(*loop, resolver, flow::Target{"127.0.0.1", origin.port()}, 10s,
                      [&](const auto&) { ++called; });
  }
  connector.reset();
  run_for(*loop, 30ms);
  CHECK(called == 0);
}

}  // namespace
}  // namespace mitm::net
