#include "lib/tls/session_facts.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;
using flow::Side;

namespace {

struct Facts {
  flow::TlsFacts server;
  flow::TlsFacts client;
};

Facts facts_of(tls::Version version, const tls::Leaf& leaf) {
  const auto trust = trust_only(shared_ca().certificate());
  const auto leg = tls::ServerLeg::create(trust, {.versions = {.max = version}}).value();
  const auto accepting = tls::ClientLeg::create({}).value();
  const auto pair = connect_legs(
      leg, {.sni = "a.example", .alpn = {"h2"}, .verify_name = "a.example"}, accepting, leaf, "h2");
  REQUIRE(pair.result.ok());
  return {tls::session_facts(pair.client.get(), Side::kServer),
          tls::session_facts(pair.server.get(), Side::kClient)};
}

}  // namespace

TEST_CASE("both sides tell what was agreed on with TLS 1.3") {
  const tls::Leaf leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto [server, client] = facts_of(tls::Version::kTls13, leaf);
  for (const flow::TlsFacts& facts : {server, client}) {
    CHECK(facts.version == "TLSv1.3");
    CHECK(facts.cipher == "TLS_AES_256_GCM_SHA384");
    CHECK(facts.group == "x25519");
    CHECK(facts.sni == "a.example");
    CHECK(facts.alpn == "h2");
    CHECK_FALSE(facts.resumed);
    REQUIRE(facts.chain);
    CHECK(*facts.chain == *leaf.chain());
  }
  CHECK(server.verify == "ok");
  CHECK(client.verify.empty());
}

TEST_CASE("TLS 1.2 facts have IANA names, too") {
  const tls::Leaf leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto [server, client] = facts_of(tls::Version::kTls12, leaf);
  CHECK(server.version == "TLSv1.2");
  CHECK(server.cipher == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  CHECK(server.group == "x25519");
  CHECK(client.group == server.group);
}

TEST_CASE("a failed verification is told in the facts") {
  const tls::Leaf leaf = to_leaf(make_self_signed({.names = {"a.example"}}));
  CHECK(facts_of(tls::Version::kTls13, leaf).server.verify == "certificate is self-signed");
}

TEST_CASE("chains of the same server are shared") {
  const auto leg = tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
  const auto accepting = tls::ClientLeg::create({}).value();
  const tls::Leaf leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto one = connect_legs(leg, {.verify_name = "a.example"}, accepting, leaf);
  const auto two = connect_legs(leg, {.verify_name = "a.example"}, accepting, leaf);
  CHECK(tls::session_facts(one.client.get(), Side::kServer).chain ==
        tls::session_facts(two.client.get(), Side::kServer).chain);
}

TEST_CASE("the facts of an SSL that never shook hands are empty") {
  const SocketPair sockets;
  const auto leg = tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
  const auto ssl = leg.start(sockets.client.get(), {.verify_name = "a.example"}).value();
  const auto facts = tls::session_facts(ssl.get(), Side::kServer);
  CHECK(facts.cipher.empty());
  CHECK_FALSE(facts.chain);
}
