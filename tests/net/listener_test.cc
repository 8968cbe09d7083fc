#include "lib/net/listener.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "lib/net/address.h"
#include "tests/support/peer.h"
#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using test::make_loop;
using test::run_until;

const flow::Endpoint kAnyPort{"127.0.0.1", 0};

/// For what does not fail.
void nobody(int err) { FAIL("accept: " << err); }

TEST_CASE("port 0 is one port for all sockets of the listener") {
  const auto sockets = bind_listeners(kAnyPort, 3).value();
  REQUIRE(sockets.size() == 3);
  const auto endpoint = local_endpoint(sockets[0].get());
  CHECK(endpoint.port != 0);
  CHECK(local_endpoint(sockets[1].get()) == endpoint);
  CHECK(local_endpoint(sockets[2].get()) == endpoint);
}

TEST_CASE("a port in use is an error, also when who has it would share it") {
  const auto first = bind_listeners(kAnyPort, 2).value();
  const auto taken = local_endpoint(first[0].get());
  const auto second = bind_listeners(taken, 1);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == "listen on " + to_string(taken) + ": Address already in use");
}

TEST_CASE("a name is not an address to listen on") {
  const auto result = bind_listeners({"localhost", 0}, 1);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Code::kUsage);
}

TEST_CASE("a port is free again as soon as its listener is gone") {
  flow::Endpoint endpoint;
  {
    const auto sockets = bind_listeners(kAnyPort, 2).value();
    endpoint = local_endpoint(sockets[0].get());
  }
  CHECK(bind_listeners(endpoint, 2).has_value());
}

TEST_CASE("a listener accepts and tells who came") {
  const auto loop = make_loop();
  std::vector<std::pair<Fd, flow::Endpoint>> came;
  Listener listener(
      *loop, std::move(bind_listeners(kAnyPort, 1).value().front()),
      [&](Fd fd, flow::Endpoint from) { came.emplace_back(std::move(fd), std::move(from)); },
      nobody);
  const auto client = test::connect_peer(listener.endpoint());
  REQUIRE(run_until(*loop, [&] { return !came.empty(); }));
  CHECK(came[0].second == local_endpoint(client.fd()));
  CHECK(remote_endpoint(came[0].first.get()) == came[0].second);
}

TEST_CASE("a listener that pauses in its callback accepts no more until it resumes") {
  const auto loop = make_loop();
  std::vector<Fd> came;
  Listener* self = nullptr;
  Listener listener(
      *loop, std::move(bind_listeners(kAnyPort, 1).value().front()),
      [&](Fd fd, const flow::Endpoint&) {
        came.push_back(std::move(fd));
        self->pause();
      },
      nobody);
  self = &listener;
  std::vector<test::Peer> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(test::connect_peer(listener.endpoint()));
  REQUIRE(run_until(*loop, [&] { return !came.empty(); }));
  for (std::size_t expected = 1; expected <= 3; ++expected) {
    REQUIRE(run_until(*loop, [&] { return came.size() == expected; }));
    test::run_for(*loop, std::chrono::milliseconds(20));
    CHECK(came.size() == expected);
    listener.resume();
  }
}

TEST_CASE("a client that the system does not give away is told of, and comes once it does") {
  const auto loop = make_loop();
  int came = 0;
  int failure = 0;
  Listener listener(
      *loop, std::move(bind_listeners(kAnyPort, 1).value().front()),
      [&](const Fd&, const auto&) { ++came; }, [&](int err) { failure = err; });
  const auto client = test::connect_peer(listener.endpoint());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const auto lowest = static_cast<rlim_t>(Fd(::dup(0)).get());
  const rlimit none{.rlim_cur = lowest, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const bool told = run_until(*loop, [&] { return failure != 0; });
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(told);
  CHECK(failure == EMFILE);
  CHECK(came == 0);
  CHECK(run_until(*loop, [&] { return came == 1; }));
}

TEST_CASE("the sockets of one address share the connections") {
  const auto loop = make_loop();
  auto sockets = bind_listeners(kAnyPort, 2).value();
  const auto endpoint = local_endpoint(sockets[0].get());
  int came[2] = {};
  Listener first(*loop, std::move(sockets[0]), [&](const Fd&, const auto&) { ++came[0]; }, nobody);
  Listener second(*loop, std::move(sockets[1]), [&](const Fd&, const auto&) { ++came[1]; }, nobody);
  std::vector<test::Peer> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(test::connect_peer(endpoint));
  REQUIRE(run_until(*loop, [&] { return came[0] + came[1] == 64; }));
  CHECK(came[0] > 0);
  CHECK(came[1] > 0);
}

}  // namespace
}  // namespace mitm::net
