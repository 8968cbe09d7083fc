#include "lib/net/own_sockets.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "lib/base/fd.h"
#include "tests/support/peer.h"

namespace mitm::net {
namespace {

Fd tcp_socket() { return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

TEST_CASE("who connects to a listener's address reaches it, or to any of ours for a wildcard") {
  OwnSockets own;
  own.add_listener({"127.0.0.1", 8080});
  CHECK(own.listens_at({"127.0.0.1", 8080}));
  CHECK_FALSE(own.listens_at({"127.0.0.1", 8081}));
  CHECK_FALSE(own.listens_at({"127.0.0.2", 8080}));
  own.add_listener({"0.0.0.0", 8081});
  CHECK(own.listens_at({"127.0.0.1", 8081}));
  CHECK(own.listens_at({"127.9.9.9", 8081}));
  CHECK_FALSE(own.listens_at({"192.0.2.1", 8081}));
}

TEST_CASE("a socket towards a server is ours as long as it is claimed") {
  test::Origin origin;
  OwnSockets own({.mark = {}, .remember = true});
  const Fd fd = tcp_socket();
  OwnSockets::Claim claim;
  const auto address = numeric_address("127.0.0.1", origin.port()).value();
  REQUIRE(own.connect(fd.get(), address, claim) == 0);
  const auto local = local_endpoint(fd.get());
  CHECK(own.is_ours(local, origin.endpoint()));
  CHECK_FALSE(
      own.is_ours({local.address, static_cast<std::uint16_t>(local.port - 1)}, origin.endpoint()));
  // The system lets one port serve several destinations.
  CHECK_FALSE(own.is_ours(local, {"127.0.0.1", 1}));
  claim.reset();
  CHECK_FALSE(own.is_ours(local, origin.endpoint()));
}

TEST_CASE("what fails to connect is not ours") {
  OwnSockets own({.mark = {}, .remember = true});
  const Fd fd = tcp_socket();
  OwnSockets::Claim claim;
  // Nobody listens on port 1.
  CHECK(own.connect(fd.get(), numeric_address("127.0.0.1", 1).value(), claim) == -1);
  CHECK(claim == nullptr);
}

TEST_CASE("a mark is set where that is allowed, else connecting fails") {
  const bool allowed = can_mark(7).has_value();
  test::Origin origin;
  OwnSockets own({.mark = 7, .remember = false});
  const Fd fd = tcp_socket();
  OwnSockets::Claim claim;
  const auto address = numeric_address("127.0.0.1", origin.port()).value();
  CHECK((own.connect(fd.get(), address, claim) == 0) == allowed);
  if (!allowed) return;
  int mark = 0;
  socklen_t size = sizeof mark;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_MARK, &mark, &size);
  CHECK(mark == 7);
}

TEST_CASE("sockets leave from their family's source, and not without one") {
  test::Origin origin;
  OwnSockets own(
      {.mark = {}, .remember = false, .sources = {numeric_address("127.0.0.9", 0).value()}});
  const Fd fd = tcp_socket();
  OwnSockets::Claim claim;
  REQUIRE(own.connect(fd.get(), numeric_address("127.0.0.1", origin.port()).value(), claim) == 0);
  CHECK(local_endpoint(fd.get()).address == "127.0.0.9");

  const Fd other(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(own.connect(other.get(), numeric_address("::1", 1).value(), claim) == -1);
  CHECK(errno == EAFNOSUPPORT);
}

TEST_CASE("a source has to be an address of this machine") {
  CHECK(can_bind(numeric_address("127.0.0.9", 0).value()));
  const auto refused = can_bind(numeric_address("192.0.2.1", 0).value());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.starts_with("connect from 192.0.2.1: "));
}

}  // namespace
}  // namespace mitm::net
