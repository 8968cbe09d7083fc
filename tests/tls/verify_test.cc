#include "lib/tls/verify.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/certificate_signer.h"
#include "lib/tls/x509_build.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;
using std::chrono::days;
using tls::VerifyKind;

namespace {

/// What our client thinks of a server that presents this certificate.
tls::VerifyOutcome judge(Identity identity, const std::string& wanted, bool insecure = false) {
  const auto trust = trust_only(shared_ca().certificate());
  const auto leg = tls::ServerLeg::create(trust, {.insecure = insecure}).value();
  const auto server = tls::ClientLeg::create({}).value();
  const auto pair =
      connect_legs(leg, {.verify_name = wanted}, server, to_leaf(std::move(identity)));
  REQUIRE(pair.result.ok());
  return tls::verify_outcome(pair.client.get());
}

std::string date(days from_now) { return format_rfc3339(now() + from_now).substr(0, 10); }

}  // namespace

TEST_CASE("a good certificate is accepted for its names and addresses") {
  const CertificateSpec spec{.names = {"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"}};
  for (const std::string wanted : {"a.example", "a.example.", "x.b.example", "A.EXAMPLE",
                                   "192.0.2.1", "2001:db8::1", "[2001:db8::1]"}) {
    CAPTURE(wanted);
    const auto outcome = judge(make_signed(spec, shared_ca()), wanted);
    CHECK(outcome.kind == VerifyKind::kOk);
    CHECK(outcome.reason == "ok");
    CHECK(outcome.accepted);
  }
}

TEST_CASE("a common name counts where there are no other names") {
  CHECK(judge(make_signed({.common_name = "old.example"}, shared_ca()), "old.example").accepted);
}

TEST_CASE("a wrong name is told with the right ones") {
  const CertificateSpec spec{.names = {"a.example", "b.example", "192.0.2.1"}};
  const auto outcome = judge(make_signed(spec, shared_ca()), "c.example");
  CHECK(outcome.kind == VerifyKind::kWrongName);
  CHECK(outcome.reason == "certificate is for a.example, b.example, 192.0.2.1, not for c.example");
  CHECK_FALSE(outcome.accepted);
  CHECK(judge(make_signed(spec, shared_ca()), "192.0.2.2").kind == VerifyKind::kWrongName);
  CHECK(judge(make_signed({.names = {"*.b.example"}}, shared_ca()), "x.y.b.example").kind ==
        VerifyKind::kWrongName);
}

TEST_CASE("of many names only some are told") {
  CertificateSpec spec;
  for (char c = 'a'; c <= 'g'; ++c) spec.names.push_back(std::string(1, c) + ".example");
  CHECK(judge(make_signed(spec, shared_ca()), "z.example").reason ==
        "certificate is for a.example, b.example, c.example, d.example, e.example and 2 more, "
        "not for z.example");
}

TEST_CASE("expired and not yet valid certificates are told with the date") {
  const auto old = judge(
      make_signed({.names = {"a.example"}, .begins = days(-9), .ends = days(-3)}, shared_ca()),
      "a.example");
  CHECK(old.kind == VerifyKind::kExpired);
  CHECK(old.reason == "certificate expired on " + date(days(-3)));
  const auto early =
      judge(make_signed({.names = {"a.example"}, .begins = days(5)}, shared_ca()), "a.example");
  CHECK(early.kind == VerifyKind::kNotYetValid);
  CHECK(early.reason == "certificate is not valid before " + date(days(5)));
}

TEST_CASE("a self-signed certificate is told as such") {
  const auto outcome =
      judge(make_self_signed({.common_name = "x", .names = {"a.example"}}), "a.example");
  CHECK(outcome.kind == VerifyKind::kSelfSigned);
  CHECK(outcome.reason == "certificate is self-signed");
}

TEST_CASE("an unknown issuer is named") {
  const auto other = tls::CertificateAuthority::create({.name = "Other CA"}, now()).value();
  const auto outcome = judge(make_signed({.names = {"a.example"}}, other), "a.example");
  CHECK(outcome.kind == VerifyKind::kUntrusted);
  CHECK(outcome.reason == "issuer CN=Other CA,O=mitmkit is not trusted");
}

TEST_CASE("all reasons are told") {
  const auto outcome =
      judge(make_self_signed({.names = {"b.example"}, .begins = days(-9), .ends = days(-3)}),
            "a.example");
  CHECK(outcome.kind == VerifyKind::kSelfSigned);
  CHECK(outcome.reason ==
        "certificate is self-signed; certificate is for b.example, not for a.example; "
        "certificate expired on " +
            date(days(-3)));
}

TEST_CASE("an error that is about no certificate in particular counts") {
  const auto trust = trust_only(shared_ca().certificate());
  const auto leg = tls::ServerLeg::create(trust, {}).value();
  const auto server = tls::ClientLeg::create({}).value();
  const SocketPair sockets;
  const auto client = leg.start(sockets.client.get(), {.verify_name = "a.example"}).value();
  const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto peer = server.start(sockets.server.get(), {}, leaf, {}).value();
  // The chain has no policies, which OpenSSL reports without a certificate.
  X509_VERIFY_PARAM_set_flags(SSL_get0_param(client.get()), X509_V_FLAG_EXPLICIT_POLICY);
  REQUIRE(shake_hands(client.get(), peer.get()).ok());
  const auto outcome = tls::verify_outcome(client.get());
  CHECK(outcome.kind == VerifyKind::kOther);
  CHECK(outcome.reason == "no explicit policy");
  CHECK_FALSE(outcome.accepted);
}

TEST_CASE("a name with control characters does not reach the terminal") {
  const auto outcome = judge(make_self_signed({.common_name = "a\x1b[31m"}), "a.example");
  CHECK(outcome.reason.find('\x1b') == std::string::npos);
}

TEST_CASE("insecure accepts everything and still tells the reason") {
  const auto outcome = judge(make_self_signed({.names = {"a.example"}}), "a.example", true);
  CHECK(outcome.accepted);
  CHECK(outcome.kind == VerifyKind::kSelfSigned);
}

TEST_CASE("a certificate for clients only is invalid for a server") {
  Identity identity = make_signed({.names = {"a.example"}}, shared_ca());
  REQUIRE(tls::add_extension(identity.certificate.get(), NID_ext_key_usage, "clientAuth"));
  REQUIRE(tls::sign(identity.certificate.get(), shared_ca().key()));
  const auto outcome = judge(std::move(identity), "a.example");
  CHECK(outcome.kind == VerifyKind::kInvalid);
}

TEST_CASE("an SSL without a verified certificate is not accepted") {
  const SocketPair sockets;
  const auto leg = tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
  const auto ssl = leg.start(sockets.client.get(), {.verify_name = "a.example"}).value();
  CHECK(tls::verify_outcome(ssl.get()).kind == VerifyKind::kNoCertificate);
  CHECK_FALSE(tls::verify_outcome(ssl.get()).accepted);
}

TEST_CASE("every kind has a name of its own") {
  CHECK(tls::to_string(VerifyKind::kOk) == "ok");
  CHECK(tls::to_string(VerifyKind::kSelfSigned) == "self-signed");
  CHECK(tls::to_string(VerifyKind::kWrongName) == "wrong-name");
  CHECK(tls::to_string(VerifyKind::kOther) == "other");
}

namespace {

int searches = 0;

/// Every verification looks for an issuer in the store.
int count_search(X509** issuer, X509_STORE_CTX* context, X509* certificate) {
  ++searches;
  return X509_STORE_CTX_get1_issuer(issuer, context, certificate);
}

}  // namespace

TEST_CASE("a chain that was good is not checked again for the same name") {
  const auto trust = trust_only(shared_ca().certificate());
  X509_STORE_set_get_issuer(trust.get(), count_search);
  const auto leg = tls::ServerLeg::create(trust, {}).value();
  const auto server = tls::ClientLeg::create({}).value();
  const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto meet = [&](const std::string& name) {
    searches = 0;
    const auto pair = connect_legs(leg, {.verify_name = name}, server, leaf);
    REQUIRE(pair.result.ok());
    return tls::verify_outcome(pair.client.get());
  };
  CHECK(meet("a.example").accepted);
  CHECK(searches > 0);
  CHECK(meet("a.example").accepted);
  CHECK(searches == 0);
  CHECK(meet("b.example").kind == VerifyKind::kWrongName);
  CHECK(searches > 0);
  CHECK(meet("b.example").kind == VerifyKind::kWrongName);
  CHECK(searches > 0);
}

TEST_CASE("another certificate for the same name is checked") {
  const auto leg = tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
  const auto server = tls::ClientLeg::create({}).value();
  const auto judge_by = [&](const tls::Leaf& leaf) {
    const auto pair = connect_legs(leg, {.verify_name = "a.example"}, server, leaf);
    REQUIRE(pair.result.ok());
    return tls::verify_outcome(pair.client.get()).accepted;
  };
  CHECK(judge_by(to_leaf(make_signed({.names = {"a.example"}}, shared_ca()))));
  CHECK_FALSE(judge_by(to_leaf(make_self_signed({.names = {"a.example"}}))));
}
