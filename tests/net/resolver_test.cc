#include "lib/net/resolver.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <thread>

#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::make_loop;
using test::run_for;
using test::run_until;

Result<Addresses> resolve(const std::string& host) {
  const auto loop = make_loop();
  Resolver resolver(1);
  std::optional<Result<Addresses>> answer;
  const auto token = resolver.resolve(
      *loop, host, 4711, [&](Result<Addresses> result) { answer = std::move(result); });
  CHECK_FALSE(answer.has_value());  // never from within the call
  REQUIRE(run_until(*loop, [&] { return answer.has_value(); }));
  return *std::move(answer);
}

TEST_CASE("a numeric address is its own answer") {
  const auto answer = resolve("::1");
  REQUIRE(answer.has_value());
  REQUIRE(answer->size() == 1);
  CHECK(to_endpoint(answer->front().get()) == flow::Endpoint{"::1", 4711});
}

TEST_CASE("localhost is a loopback address") {
  const auto answer = resolve("localhost");
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->empty());
  const auto endpoint = to_endpoint(answer->front().get());
  CHECK(is_loopback(endpoint));
  CHECK(endpoint.port == 4711);
}

Result<Addresses> resolve_ipv4(const std::string& host, unsigned threads) {
  const auto loop = make_loop();
  Resolver resolver(threads);
  std::optional<Result<Addresses>> answer;
  const auto token = resolver.resolve(
      *loop, host, 4711, [&](Result<Addresses> result) { answer = std::move(result); },
      Resolver::Families::kIpv4);
  REQUIRE(run_until(*loop, [&] { return answer.has_value(); }));
  return *std::move(answer);
}

TEST_CASE("IPv4 alone can be asked for, where there are threads for it") {
  const auto answer = resolve_ipv4("localhost", 4);
  REQUIRE(answer.has_value());
  CHECK(std::ranges::all_of(
      *answer, [](const SocketAddress& address) { return address.storage.ss_family == AF_INET; }));
  const auto refused = resolve_ipv4("localhost", 3);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::kLimit);
}

TEST_CASE("a name that cannot exist is an error that names it") {
  const auto answer = resolve("no-such-host.invalid");
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kPeer);
  CHECK(answer.error().message.starts_with("resolve no-such-host.invalid: "));
}

TEST_CASE("who drops the token is not called") {
  const auto loop = make_loop();
  int called = 0;
  {
    Resolver resolver(1);
    auto numeric = resolver.resolve(*loop, "127.0.0.1", 1, [&](const auto&) { ++called; });
    auto name = resolver.resolve(*loop, "localhost", 1, [&](const auto&) { ++called; });
  }
  run_for(*loop, 30ms);
  CHECK(called == 0);
}

TEST_CASE("a resolver that goes does not wait for questions nobody has begun to answer") {
  const auto loop = make_loop();
  std::vector<Resolver::Token> tokens;
  auto resolver = std::make_unique<Resolver>(1);
  for (int i = 0; i < 1000; ++i) {
    const auto host = "no-such-host-" + std::to_string(i) + ".invalid";
    tokens.push_back(resolver->resolve(*loop, host, 1, [](const auto&) {}));
  }
  const auto before = std::chrono::steady_clock::now();
  resolver.reset();
  CHECK(std::chrono::steady_clock::now() - before < 10s);
  run_for(*loop, 20ms);  // what was answered before may still come
}

TEST_CASE("those who ask for the same name at once each get it with the port they asked for") {
  const auto loop = make_loop();
  Resolver resolver(1);
  std::vector<std::uint16_t> ports;
  std::vector<Resolver::Token> tokens;
  for (std::uint16_t port = 1; port <= 3; ++port) {
    tokens.push_back(resolver.resolve(*loop, "localhost", port, [&](Result<Addresses> answer) {
      ports.push_back(to_endpoint(answer.value().front().get()).port);
    }));
  }
  REQUIRE(run_until(*loop, [&] { return ports.size() == 3; }));
  CHECK(ports == std::vector<std::uint16_t>{1, 2, 3});
}

TEST_CASE("a name that nobody waits for any more does not keep others from being asked for") {
  const auto loop = make_loop();
  Resolver resolver(1);
  for (int i = 0; i < 10; ++i) {
    const auto host = "no-such-host-" + std::to_string(i) + ".invalid";
    static_cast<void>(resolver.resolve(*loop, host, 1, [](const auto&) {}));
  }
  bool answered = false;
  const auto token = resolver.resolve(*loop, "localhost", 1, [&](const auto&) { answered = true; });
  CHECK(run_until(*loop, [&] { return answered; }));
}

TEST_CASE("many questions from several loops are each answered on the loop that asked") {
  Resolver resolver(3);
  const auto ask = [&resolver] {
    const auto loop = make_loop();
    int answered = 0;
    std::vector<Resolver::Token> tokens;
    for (int i = 0; i < 20; ++i) {
      tokens.push_back(resolver.resolve(*loop, "localhost", 1, [&](const auto&) { ++answered; }));
    }
    return run_until(*loop, [&] { return answered == 20; });
  };
  bool elsewhere = false;
  std::thread other([&] { elsewhere = ask(); });
  CHECK(ask());
  other.join();
  CHECK(elsewhere);
}

}  // namespace
}  // namespace mitm::net
