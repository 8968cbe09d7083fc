#include "lib/tls/x509_build.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/certificate_signer.h"
#include "lib/tls/key.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

TEST_CASE("serials fill sixteen octets and are positive") {
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(tls::set_random_serial(certificate.get()));
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
  CHECK(ASN1_STRING_length(serial) == 16);
  CHECK(ASN1_STRING_get0_data(serial)[0] < 0x80);
  CHECK(ASN1_STRING_type(serial) == V_ASN1_INTEGER);
}

TEST_CASE("validity beyond 2049 is encoded as RFC 5280 asks") {
  const tls::X509Ptr certificate(X509_new());
  const Time far = now() + std::chrono::days(36'500);
  REQUIRE(tls::set_validity(certificate.get(), now(), far));
  CHECK(ASN1_STRING_type(X509_get0_notBefore(certificate.get())) == V_ASN1_UTCTIME);
  CHECK(ASN1_STRING_type(X509_get0_notAfter(certificate.get())) == V_ASN1_GENERALIZEDTIME);
  CHECK(tls::certificate_not_after(certificate.get()) ==
        std::chrono::floor<std::chrono::seconds>(far));
}

TEST_CASE("names too long for the subject are refused") {
  const tls::X509Ptr certificate(X509_new());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  CHECK(tls::add_name_entry(subject, NID_commonName, std::string(64, 'a')));
  CHECK_FALSE(tls::add_name_entry(subject, NID_commonName, std::string(65, 'a')));
  CHECK(tls::add_name_entry(subject, NID_organizationName, ""));
  CHECK(X509_NAME_entry_count(subject) == 1);
  ERR_clear_error();
}

TEST_CASE("an issuer without a key identifier leaves none to point at") {
  const tls::X509Ptr issuer(X509_new());
  const tls::X509Ptr certificate(X509_new());
  CHECK(tls::add_authority_key_id(certificate.get(), issuer.get()));
  CHECK(X509_get_ext_count(certificate.get()) == 0);
}

TEST_CASE("keys that bring their own digest can sign") {
  const tls::PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(X509_set_pubkey(certificate.get(), key.get()) == 1);
  CHECK(tls::sign(certificate.get(), key.get()));
  CHECK(X509_verify(certificate.get(), key.get()) == 1);
}

TEST_CASE("alternative names keep their kinds") {
  tls::NameSet names;
  REQUIRE(names.add("a.example"));
  REQUIRE(names.add("192.0.2.1"));
  const tls::X509Ptr certificate(X509_new());
  REQUIRE(tls::add_alternative_names(certificate.get(), names));
  const auto facts = tls::certificate_facts(certificate.get());
  CHECK(facts.dns_names == std::vector<std::string>{"a.example"});
  CHECK(facts.ip_names == std::vector<std::string>{"192.0.2.1"});
}
