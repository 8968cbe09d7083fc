#include "lib/replay/dialer.h"

#include <catch2/catch.hpp>

#include "tests/replay/support/sending.h"

namespace mitm::replay {
namespace {

using namespace std::chrono_literals;
using test::CertificateSpec;

/// One attempt and what came of it.
struct Attempt {
  Attempt(Destination destination, const tls::ServerLeg& leg,
          std::chrono::milliseconds timeout = 30s)
      : loop(test::make_loop()), resolver(1) {
    dialer = std::make_unique<Dialer>(*loop, resolver, leg, std::move(destination), timeout,
                                      [this](auto outcome) { result = std::move(outcome); });
    REQUIRE(test::run_until(*loop, [&] { return result.has_value(); }));
    dialer.reset();
  }
  ~Attempt() {
    result.reset();
    // The socket is closed by the loop, once no callback of the stream waits in it.
    test::run_for(*loop, 10ms);
  }

  std::unique_ptr<net::Loop> loop;
  net::Resolver resolver;
  std::unique_ptr<Dialer> dialer;
  std::optional<Result<std::unique_ptr<net::Stream>>> result;
};

/// What comes of dialling a server with TLS that presents `identity`.
Status dial(test::Identity identity, const std::string& host, bool insecure = false) {
  test::Origin origin;
  const auto leaf = test::to_leaf(std::move(identity));
  const test::Play server([&] {
    auto peer = origin.accept();
    peer.accept_tls(tls::ClientLeg::create({}).value(), leaf, "http/1.1");
    peer.read_to_end();
  });
  const Attempt attempt({true, {host, origin.port()}}, test::trusting_leg(insecure));
  if (*attempt.result) return {};
  return std::unexpected(attempt.result->error());
}

test::Identity signed_for(const std::string& name) {
  return test::make_signed({.common_name = name, .names = {name}}, test::shared_ca());
}

TEST_CASE("a plain server is reached") {
  test::Origin origin;
  const Attempt attempt({false, {"127.0.0.1", origin.port()}}, test::trusting_leg());
  CHECK(attempt.result->has_value());
}

TEST_CASE("a server that refuses, and a name that is none, are told in words") {
  const Attempt refused({false, {"127.0.0.1", test::refusing_port()}}, test::trusting_leg());
  CHECK(refused.result->error().message.find("Connection refused") != std::string::npos);
  const Attempt unknown({false, {"nowhere.invalid", 80}}, test::trusting_leg());
  CHECK(unknown.result->error().message.find("nowhere.invalid") != std::string::npos);
}

TEST_CASE("a certificate for the target's name or address is accepted") {
  CHECK(dial(signed_for("localhost"), "localhost").has_value());
  CHECK(dial(signed_for("127.0.0.1"), "127.0.0.1").has_value());
}

TEST_CASE("a certificate that does not verify is refused, with the options that would help") {
  const auto check = [](const Status& outcome, const std::string& reason) {
    REQUIRE_FALSE(outcome);
    const Error& error = outcome.error();
    CHECK(error.code == Code::kTls);
    CHECK(error.message.find(reason) != std::string::npos);
    CHECK(error.hint.find("--upstream-ca") != std::string::npos);
    CHECK(error.hint.find("-k") != std::string::npos);
  };
  check(dial(signed_for("elsewhere.example"), "localhost"), "elsewhere.example");
  check(dial(test::make_self_signed({.common_name = "localhost", .names = {"localhost"}}),
             "localhost"),
        "self-signed");
}

TEST_CASE("with insecure any certificate is accepted") {
  CHECK(dial(test::make_self_signed({.common_name = "x", .names = {"x"}}), "localhost", true)
            .has_value());
}

TEST_CASE("a server that does not speak TLS is told in words") {
  test::Origin origin;
  const test::Play server([&] {
    auto peer = origin.accept();
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.read_to_end();
  });
  const Attempt attempt({true, {"127.0.0.1", origin.port()}}, test::trusting_leg());
  REQUIRE_FALSE(*attempt.result);
  CHECK(attempt.result->error().message.starts_with("TLS handshake: "));
}

TEST_CASE("a server that closes during the handshake is told in words") {
  test::Origin origin;
  const test::Play server([&] { origin.accept().read_exactly(1); });
  const Attempt attempt({true, {"127.0.0.1", origin.port()}}, test::trusting_leg());
  CHECK_FALSE(*attempt.result);
}

TEST_CASE("a handshake that goes nowhere ends with the timeout") {
  test::Origin origin;
  const Attempt attempt({true, {"127.0.0.1", origin.port()}}, test::trusting_leg(), 1s);
  REQUIRE_FALSE(*attempt.result);
  CHECK(attempt.result->error().message == "TLS handshake: timed out");
}

}  // namespace
}  // namespace mitm::replay
