#include <openssl/err.h>

#include <catch2/catch.hpp>

#include "lib/tls/leg.h"
#include "lib/tls/session_facts.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;

namespace {

tls::ServerLeg trusting() {
  return tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
}

const tls::ClientLeg& server_side() {
  static const auto shared = tls::ClientLeg::create({}).value();
  return shared;
}

const tls::Leaf& good_leaf() {
  static const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  return leaf;
}

}  // namespace

TEST_CASE("SNI and ALPN are sent as given") {
  const auto pair = connect_legs(
      trusting(), {.sni = "a.example", .alpn = {"h2", "http/1.1"}, .verify_name = "a.example"},
      server_side(), good_leaf(), "http/1.1");
  REQUIRE(pair.result.ok());
  const auto at_server = tls::session_facts(pair.server.get(), flow::Side::kClient);
  CHECK(at_server.sni == "a.example");
  CHECK(at_server.alpn == "http/1.1");
  CHECK(send_across(pair.client.get(), pair.server.get(), "hello") == "hello");
}

TEST_CASE("without SNI and ALPN neither is sent") {
  const auto pair =
      connect_legs(trusting(), {.verify_name = "a.example"}, server_side(), good_leaf(), "h2");
  REQUIRE(pair.result.ok());
  const auto at_server = tls::session_facts(pair.server.get(), flow::Side::kClient);
  CHECK(at_server.sni.empty());
  CHECK(at_server.alpn.empty());
}

TEST_CASE("what cannot be sent or verified is refused before anything is sent") {
  const auto leg = trusting();
  const SocketPair sockets;
  const int fd = sockets.client.get();
  using std::string;
  CHECK_FALSE(leg.start(fd, {.sni = string(300, 'a'), .verify_name = "a.example"}));
  CHECK_FALSE(leg.start(fd, {.sni = string("a\0b", 3), .verify_name = "a.example"}));
  CHECK_FALSE(leg.start(fd, {.alpn = {""}, .verify_name = "a.example"}));
  CHECK_FALSE(leg.start(fd, {.alpn = {string(256, 'a')}, .verify_name = "a.example"}));
  CHECK_FALSE(leg.start(fd, {.verify_name = ""}));
  CHECK_FALSE(leg.start(fd, {.verify_name = string("a\0b", 3)}));
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("the versions offered are those allowed") {
  const auto trust = trust_only(shared_ca().certificate());
  const auto old =
      tls::ServerLeg::create(trust, {.versions = {.max = tls::Version::kTls12}}).value();
  const auto pair = connect_legs(old, {.verify_name = "a.example"}, server_side(), good_leaf());
  REQUIRE(pair.result.ok());
  CHECK(tls::session_facts(pair.client.get(), flow::Side::kServer).version == "TLSv1.2");
}

TEST_CASE("a server that asks for a client certificate goes on without") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    LegPair pair;
    const auto leg = trusting();
    pair.client = leg.start(pair.sockets.client.get(), {.verify_name = "a.example"}).value();
    pair.server = server_side().start(pair.sockets.server.get(), {}, good_leaf(), {}).value();
    SSL_set_max_proto_version(pair.server.get(), version);
    SSL_set_verify(pair.server.get(), SSL_VERIFY_PEER, nullptr);
    REQUIRE(shake_hands(pair.client.get(), pair.server.get()).ok());
  }
}
