#include "lib/tls/resumption.h"

#include <catch2/catch.hpp>

#include "lib/tls/leg.h"
#include "lib/tls/leg_state.h"
#include "lib/tls/session_facts.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;
using namespace std::chrono_literals;

namespace {

tls::ServerLeg trusting(bool insecure = false) {
  return tls::ServerLeg::create(trust_only(shared_ca().certificate()), {.insecure = insecure})
      .value();
}

/// Gives out tickets, as every ClientLeg does.
tls::ClientLeg server_with(tls::Version version) {
  return tls::ClientLeg::create({.versions = {.max = version}}).value();
}

tls::Leaf leaf_for(const std::string& name) {
  return to_leaf(make_signed({.names = {name, "b.example"}}, shared_ca()));
}

tls::ServerHandshake handshake_with(const std::string& host) {
  return {.sni = host, .alpn = {"h2", "http/1.1"}, .verify_name = host, .target = {host, 443}};
}

/// A connection on which the client has read something, and with it the tickets.
LegPair meet(const tls::ServerLeg& leg, const tls::ServerHandshake& handshake,
             const tls::ClientLeg& server, const tls::Leaf& leaf, const std::string& alpn = "h2") {
  LegPair pair = connect_legs(leg, handshake, server, leaf, alpn);
  REQUIRE(pair.result.ok());
  REQUIRE(send_across(pair.server.get(), pair.client.get(), "hello") == "hello");
  return pair;
}

flow::TlsFacts facts_of(const LegPair& pair) {
  return tls::session_facts(pair.client.get(), flow::Side::kServer);
}

/// The whole life of such a connection, with a clean end.
flow::TlsFacts visit(const tls::ServerLeg& leg, const tls::ServerHandshake& handshake,
                     const tls::ClientLeg& server, const tls::Leaf& leaf,
                     const std::string& alpn = "h2") {
  const LegPair pair = meet(leg, handshake, server, leaf, alpn);
  tls::settle_session(pair.client.get());
  return facts_of(pair);
}

}  // namespace

TEST_CASE("a session is resumed, and tells what its first handshake did") {
  const auto version = GENERATE(tls::Version::kTls12, tls::Version::kTls13);
  const auto leg = trusting();
  const auto server = server_with(version);
  const auto leaf = leaf_for("a.example");
  const auto first = visit(leg, handshake_with("a.example"), server, leaf);
  CHECK_FALSE(first.resumed);
  for (int i = 0; i < 5; ++i) {
    const auto next = visit(leg, handshake_with("a.example"), server, leaf);
    CHECK(next.resumed);
    CHECK(next.version == first.version);
    CHECK(next.verify == "ok");
    CHECK(next.chain == first.chain);
    CHECK(next.alpn == "h2");
  }
}

TEST_CASE("connections that differ do not share sessions") {
  const auto leg = trusting();
  const auto server = server_with(GENERATE(tls::Version::kTls12, tls::Version::kTls13));
  const auto leaf = leaf_for("a.example");
  const auto usual = handshake_with("a.example");
  auto other = usual;
  SECTION("in the host") { other.target.host = "b.example"; }
  SECTION("in the port") { other.target.port = 444; }
  SECTION("in the name that is sent") { other.sni = "b.example"; }
  SECTION("in the name that is wanted") { other.verify_name = "b.example"; }
  SECTION("in what they offer to speak") { other.alpn = {"http/1.1", "h2"}; }
  SECTION("in who we are") {
    other.identity = std::make_shared<const tls::Leaf>(leaf_for("client.example"));
  }
  visit(leg, usual, server, leaf);
  CHECK_FALSE(visit(leg, other, server, leaf).resumed);
  CHECK(visit(leg, other, server, leaf).resumed);
  CHECK(visit(leg, usual, server, leaf).resumed);
}

TEST_CASE("legs do not share sessions, nor are there any without a target") {
  const auto leg = trusting();
  const auto server = server_with(tls::Version::kTls13);
  const auto leaf = leaf_for("a.example");
  auto nowhere = handshake_with("a.example");
  nowhere.target = {};
  visit(leg, nowhere, server, leaf);
  CHECK_FALSE(visit(leg, nowhere, server, leaf).resumed);
  visit(leg, handshake_with("a.example"), server, leaf);
  CHECK_FALSE(visit(trusting(), handshake_with("a.example"), server, leaf).resumed);
}

TEST_CASE("no session is kept of a server whose certificate was not good") {
  const auto leg = trusting(GENERATE(false, true));
  const auto server = server_with(GENERATE(tls::Version::kTls12, tls::Version::kTls13));
  const auto leaf = to_leaf(make_self_signed({.names = {"a.example"}}));
  auto handshake = handshake_with("a.example");
  handshake.insecure = GENERATE(false, true);
  visit(leg, handshake, server, leaf);
  handshake.insecure = false;
  const auto again = visit(leg, handshake, server, leaf);
  CHECK_FALSE(again.resumed);
  CHECK(again.verify == "certificate is self-signed");
}

TEST_CASE("a resumed connection is accepted as the first one was") {
  const auto leg = trusting();
  const auto server = server_with(tls::Version::kTls13);
  const auto leaf = leaf_for("a.example");
  visit(leg, handshake_with("a.example"), server, leaf);
  const auto pair = meet(leg, handshake_with("a.example"), server, leaf);
  REQUIRE(facts_of(pair).resumed);
  const auto outcome = tls::verify_outcome(pair.client.get());
  CHECK(outcome.kind == tls::VerifyKind::kOk);
  CHECK(outcome.accepted);
}

TEST_CASE("what the server chooses to speak this time is told") {
  const auto leg = trusting();
  const auto server = server_with(GENERATE(tls::Version::kTls12, tls::Version::kTls13));
  const auto leaf = leaf_for("a.example");
  CHECK(visit(leg, handshake_with("a.example"), server, leaf, "h2").alpn == "h2");
  for (const std::string now : {"http/1.1", "", "h2"}) {
    const auto facts = visit(leg, handshake_with("a.example"), server, leaf, now);
    CHECK(facts.resumed);
    CHECK(facts.alpn == now);
  }
}

TEST_CASE("a server that no longer knows its tickets is examined anew") {
  const auto version = GENERATE(tls::Version::kTls12, tls::Version::kTls13);
  const auto leg = trusting();
  visit(leg, handshake_with("a.example"), server_with(version), leaf_for("a.example"));
  const auto forgetful = server_with(version);
  SECTION("and may be another one") {
    const auto leaf = leaf_for("a.example");
    const auto facts = visit(leg, handshake_with("a.example"), forgetful, leaf);
    CHECK_FALSE(facts.resumed);
    CHECK(*facts.chain == *leaf.chain());
    CHECK(visit(leg, handshake_with("a.example"), forgetful, leaf).resumed);
  }
  SECTION("and may be an impostor") {
    const auto facts = visit(leg, handshake_with("a.example"), forgetful,
                             to_leaf(make_self_signed({.names = {"a.example"}})));
    CHECK_FALSE(facts.resumed);
    CHECK(facts.verify == "certificate is self-signed");
  }
}

TEST_CASE("a server may speak another version the next time") {
  const auto leg = trusting();
  const auto leaf = leaf_for("a.example");
  const auto old = server_with(tls::Version::kTls12);
  const auto modern = server_with(tls::Version::kTls13);
  visit(leg, handshake_with("a.example"), old, leaf);
  CHECK(visit(leg, handshake_with("a.example"), modern, leaf).version == "TLSv1.3");
  CHECK(visit(leg, handshake_with("a.example"), old, leaf).version == "TLSv1.2");
  CHECK(visit(leg, handshake_with("a.example"), old, leaf).resumed);
}

TEST_CASE("a session outlives a connection that ended without close_notify if it is settled") {
  const auto version = GENERATE(tls::Version::kTls12, tls::Version::kTls13);
  const bool settled = GENERATE(false, true);
  const auto leg = trusting();
  const auto server = server_with(version);
  const auto leaf = leaf_for("a.example");
  const auto end = [&](LegPair pair) {
    if (settled) tls::settle_session(pair.client.get());
    pair.client.reset();
    return pair;
  };
  end(meet(leg, handshake_with("a.example"), server, leaf));
  // Each TLS 1.3 connection has several tickets, of which OpenSSL knows the last.
  const bool others = version == tls::Version::kTls13;
  CHECK(facts_of(meet(leg, handshake_with("a.example"), server, leaf)).resumed ==
        (settled || others));
}

TEST_CASE("tickets that come with a resumed session are as old as the examination") {
  const auto leg = trusting();
  const auto server = server_with(tls::Version::kTls13);
  const auto leaf = leaf_for("a.example");
  const auto first = meet(leg, handshake_with("a.example"), server, leaf);
  const auto examination = tls::examination_of(first.client.get());
  REQUIRE(examination);
  for (int i = 0; i < 5; ++i) {
    const auto next = meet(leg, handshake_with("a.example"), server, leaf);
    REQUIRE(facts_of(next).resumed);
    CHECK(tls::examination_of(next.client.get()) == examination);
    CHECK(tls::leg_state(next.client.get())->resumption.offered->until == examination->good_until);
    tls::settle_session(next.client.get());
  }
}

TEST_CASE("a full handshake is as good as the certificate's last examination") {
  const auto leg = trusting();
  const auto leaf = leaf_for("a.example");
  const auto first =
      meet(leg, handshake_with("a.example"), server_with(tls::Version::kTls13), leaf);
  const auto second =
      meet(leg, handshake_with("a.example"), server_with(tls::Version::kTls13), leaf);
  REQUIRE_FALSE(facts_of(second).resumed);
  CHECK(tls::examination_of(second.client.get())->good_until ==
        tls::examination_of(first.client.get())->good_until);
}

TEST_CASE("a ticket is not used longer than its server says") {
  const auto version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  const auto leg = trusting();
  const auto server = server_with(tls::Version::kTls13);
  const auto leaf = leaf_for("a.example");
  const auto visit_for = [&](long lifetime) {
    const SocketPair sockets;
    const auto client = leg.start(sockets.client.get(), handshake_with("a.example")).value();
    const auto peer = server.start(sockets.server.get(), {}, leaf, "h2").value();
    SSL_set_max_proto_version(peer.get(), version);
    SSL_CTX_set_timeout(SSL_get_SSL_CTX(peer.get()), lifetime);
    REQUIRE(shake_hands(client.get(), peer.get()).ok());
    REQUIRE(send_across(peer.get(), client.get(), "hello") == "hello");
    tls::settle_session(client.get());
    const auto offered = tls::leg_state(client.get())->resumption.offered;
    return offered ? offered->until : Time();
  };
  visit_for(7);
  const Time until = visit_for(7);
  CHECK(until > now());
  CHECK(until <= now() + 7s);
}

TEST_CASE("a handshake that fails with a session forgets it") {
  const auto leg = trusting();
  const auto server = server_with(GENERATE(tls::Version::kTls12, tls::Version::kTls13));
  const auto leaf = leaf_for("a.example");
  visit(leg, handshake_with("a.example"), server, leaf);
  {
    const SocketPair sockets;
    const auto client = leg.start(sockets.client.get(), handshake_with("a.example")).value();
    REQUIRE(tls::leg_state(client.get())->resumption.offered);
    CHECK(SSL_do_handshake(client.get()) <= 0);
    tls::settle_session(client.get());
  }
  CHECK_FALSE(visit(leg, handshake_with("a.example"), server, leaf).resumed);
}

TEST_CASE("a server that resumes nothing is not asked to for ever") {
  const auto leg = trusting();
  const auto leaf = leaf_for("a.example");
  for (int i = 0; i < 6; ++i) {
    const auto forgetful = server_with(tls::Version::kTls13);
    const auto pair = meet(leg, handshake_with("a.example"), forgetful, leaf);
    const bool offered = tls::leg_state(pair.client.get())->resumption.offered != nullptr;
    CHECK(offered == (i > 0 && i < 5));
    tls::settle_session(pair.client.get());
  }
}

TEST_CASE("an SSL that no leg made may be settled") {
  const SocketPair sockets;
  const auto ssl = stock_client(sockets.client.get(), nullptr, "a.example");
  tls::settle_session(ssl.get());
  CHECK(SSL_get_shutdown(ssl.get()) == 0);
}
