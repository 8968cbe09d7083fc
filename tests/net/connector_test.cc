#include "lib/net/connector.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
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

/// As connect() above, for addresses that are known.
Outcome connect_known(Addresses addresses, Connector::Connect how = nullptr,
                      std::chrono::milliseconds timeout = 30s) {
  const auto loop = make_loop();
  Resolver resolver(1);
  std::optional<Outcome> outcome;
  const Connector connector(
      *loop, resolver, {"name.test", 80}, timeout,
      [&](Outcome result) { outcome = std::move(result); }, std::move(how), std::move(addresses));
  CHECK_FALSE(outcome.has_value());
  REQUIRE(run_until(*loop, [&] { return outcome.has_value(); }));
  return *std::move(outcome);
}

/// Fails as it would on a host without IPv6.
int connect_ipv4(int fd, const SocketAddress& address, std::shared_ptr<const void>&) {
  if (address.storage.ss_family == AF_INET6) {
    errno = ENETUNREACH;
    return -1;
  }
  return ::connect(fd, address.get(), address.length);
}

SocketAddress address_of(const std::string& host, std::uint16_t port = 80) {
  return numeric_address(host, port).value();
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

TEST_CASE("an address that does not answer costs no more than its head start") {
  const FullBacklog dead;
  test::Origin origin;
  const auto outcome = connect_known(
      {address_of("127.0.0.1", dead.origin.port()), address_of("127.0.0.1", origin.port())});
  REQUIRE(outcome.has_value());
  CHECK(outcome->server == origin.endpoint());
  CHECK(outcome->connect >= Connector::kNextAttempt - 10ms);  // the loop's clock is coarse
  CHECK(outcome->connect < 50 * Connector::kNextAttempt);
}

TEST_CASE("an address that fails is not waited for") {
  test::Origin origin;
  // So many that waiting for them would show on a busy machine too.
  Addresses addresses(40, address_of("127.0.0.1", test::refusing_port()));
  addresses.push_back(address_of("127.0.0.1", origin.port()));
  const auto outcome = connect_known(addresses);
  REQUIRE(outcome.has_value());
  CHECK(outcome->server == origin.endpoint());
  CHECK(outcome->connect < 20 * Connector::kNextAttempt);
}

TEST_CASE("a server with many silent addresses does not cost many sockets") {
  const FullBacklog dead;
  test::Origin origin;
  Addresses addresses(2, address_of("127.0.0.1", dead.origin.port()));
  addresses.push_back(address_of("127.0.0.1", origin.port()));
  std::vector<std::weak_ptr<const void>> kept;
  std::size_t most = 0;
  const auto outcome = connect_known(
      addresses, [&](int fd, const SocketAddress& address, std::shared_ptr<const void>& keep) {
        const auto alive = std::ranges::count_if(kept, [](auto& one) { return !one.expired(); });
        most = std::max(most, static_cast<std::size_t>(alive));
        kept.push_back(keep = std::make_shared<int>(fd));
        return ::connect(fd, address.get(), address.length);
      });
  REQUIRE(outcome.has_value());
  CHECK(kept.size() == 3);
  CHECK(most == Connector::kMostAttempts);
}

TEST_CASE("an address that cannot be tried costs no attempt that is on its way") {
  const FullBacklog dead;
  std::weak_ptr<const void> oldest;
  const auto outcome = connect_known(
      Addresses(4, address_of("127.0.0.1", dead.origin.port())),
      [&, tried = 0](int fd, const SocketAddress& address,
                     std::shared_ptr<const void>& keep) mutable {
        if (++tried == 1) oldest = keep = std::make_shared<int>(fd);
        if (tried <= 2) return ::connect(fd, address.get(), address.length);
        CHECK_FALSE(oldest.expired());
        errno = ENETUNREACH;
        return -1;
      },
      2s);
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().kind == "connect-timeout");
}

TEST_CASE("of several failures the one is told that says something about the server") {
  const auto port = test::refusing_port();
  for (const bool ipv6_first : {true, false}) {
    Addresses addresses{address_of("127.0.0.1", port), address_of("::1", port)};
    if (ipv6_first) std::swap(addresses[0], addresses[1]);
    const auto outcome = connect_known(addresses, connect_ipv4);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().kind == "connect-refused");
  }
  const auto outcome = connect_known({address_of("::1")}, connect_ipv4);
  CHECK(outcome.error().error.message == "connect to name.test:80: Network is unreachable");
}

TEST_CASE("what a socket is kept with comes along with it, and goes with those that lost") {
  const FullBacklog dead;
  test::Origin origin;
  std::vector<std::weak_ptr<const void>> kept;
  auto outcome = connect_known(
      {address_of("127.0.0.1", dead.origin.port()), address_of("127.0.0.1", origin.port())},
      [&](int fd, const SocketAddress& address, std::shared_ptr<const void>& keep) {
        kept.push_back(keep = std::make_shared<int>(fd));
        return ::connect(fd, address.get(), address.length);
      });
  REQUIRE(outcome.has_value());
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].expired());
  CHECK(kept[1].lock() == outcome->keep);
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
  SECTION("while addresses are tried") {
    const FullBacklog dead;
    connector.emplace(
        *loop, resolver, flow::Target{"name.test", 80}, 10s, [&](const auto&) { ++called; },
        nullptr,
        Addresses{address_of("127.0.0.1", dead.origin.port()),
                  address_of("127.0.0.1", origin.port())});
    run_for(*loop, 30ms);
  }
  connector.reset();
  run_for(*loop, 30ms);
  CHECK(called == 0);
}

}  // namespace
}  // namespace mitm::net
