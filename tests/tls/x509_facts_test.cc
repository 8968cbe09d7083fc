#include "lib/tls/x509_facts.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/openssl_handles.h"
#include "lib/tls/pem.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using Names = std::vector<std::string>;

TEST_CASE("the facts of a certificate are complete") {
  const Identity identity =
      make_signed({.common_name = "Ann \xc3\x84, Inc.",
                   .names = {"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"},
                   .key = tls::KeyType::kRsa},
                  shared_ca());
  const auto facts = tls::certificate_facts(identity.certificate.get());
  CHECK(facts.subject == "CN=Ann \xc3\x84\\, Inc.");
  CHECK(facts.issuer == "CN=Test CA,O=mitmkit");
  CHECK(facts.dns_names == Names{"a.example", "*.b.example"});
  CHECK(facts.ip_names == Names{"192.0.2.1", "2001:db8::1"});
  CHECK(facts.serial.size() == 32);
  CHECK(facts.not_after - facts.not_before == std::chrono::days(31));
  CHECK(facts.key == "RSA 2048");
  CHECK(facts.sha256.size() == 64);
  CHECK(tls::certificate_from_der(facts.der, "x"));
}

TEST_CASE("times that do not fit are clamped") {
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "99991231235959Z") == 1);
  REQUIRE(ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "00010101000000Z") == 1);
  CHECK(tls::certificate_not_after(certificate.get()) > Time::max() - std::chrono::seconds(2));
  CHECK(tls::certificate_not_before(certificate.get()) < Time::min() + std::chrono::seconds(2));
}

TEST_CASE("an empty certificate has empty facts") {
  const tls::X509Ptr certificate(X509_new());
  const auto facts = tls::certificate_facts(certificate.get());
  CHECK(facts.subject.empty());
  CHECK(facts.dns_names.empty());
  CHECK(facts.key.empty());
  CHECK(facts.serial == "00");
  CHECK(facts.not_after == Time{});
}

TEST_CASE("negative and large serials keep their digits") {
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), -0x1234) == 1);
  CHECK(tls::certificate_facts(certificate.get()).serial == "-1234");
  REQUIRE(ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), 0xabc) == 1);
  CHECK(tls::certificate_facts(certificate.get()).serial == "0abc");
}

TEST_CASE("keys are named as people know them") {
  for (const auto& [curve, name] : {std::pair{"P-256", "EC P-256"}, std::pair{"P-384", "EC P-384"},
                                    std::pair{"secp256k1", "EC secp256k1"}}) {
    const tls::PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
    const tls::X509Ptr certificate(X509_new());
    REQUIRE(X509_set_pubkey(certificate.get(), key.get()) == 1);
    CHECK(tls::certificate_facts(certificate.get()).key == name);
  }
  const tls::PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(X509_set_pubkey(certificate.get(), key.get()) == 1);
  CHECK(tls::certificate_facts(certificate.get()).key == "Ed25519");
}

TEST_CASE("fingerprints are written as browsers write them") {
  CHECK(tls::fingerprint("abc", tls::Digest::kSha1) ==
        "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D");
  CHECK(tls::fingerprint("abc", tls::Digest::kSha256).starts_with("BA:78:16:BF:8F:01:CF:EA:"));
}

TEST_CASE("the id of a chain depends on all its certificates in order") {
  const Identity one = make_self_signed({.common_name = "one"});
  const Identity two = make_self_signed({.common_name = "two"});
  const X509* a = one.certificate.get();
  const X509* b = two.certificate.get();
  CHECK(tls::chain_id({a, b}).size() == 32);
  CHECK(tls::chain_id({a, b}) != tls::chain_id({b, a}));
  const auto chain = tls::chain_facts({a, b});
  CHECK(chain.id == tls::chain_id({a, b}));
  CHECK(chain.certificates[1].subject == "CN=two");
}

TEST_CASE("subject entries are found by kind") {
  const Identity identity = make_self_signed({.common_name = "one"});
  CHECK(tls::subject_entry(identity.certificate.get(), NID_commonName) == "one");
  CHECK(tls::subject_entry(identity.certificate.get(), NID_organizationName).empty());
}
