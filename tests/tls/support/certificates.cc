#include "tests/tls/support/certificates.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/tls/certificate_signer.h"
#include "lib/tls/key.h"
#include "lib/tls/pem.h"
#include "lib/tls/permitted.h"
#include "lib/tls/x509_build.h"
#include "tests/support/temp_dir.h"

namespace mitm::test {
namespace {

bool add_if_any(X509* certificate, int nid, const char* value) {
  return value == nullptr || tls::add_extension(certificate, nid, value);
}

Identity make(const CertificateSpec& spec, const X509* issuer, EVP_PKEY* issuer_key) {
  Identity identity{tls::X509Ptr(X509_new()), tls::generate_key(spec.key, 2048).value()};
  X509* certificate = identity.certificate.get();
  tls::NameSet names;
  for (const std::string& name : spec.names) REQUIRE(names.add(name));
  X509_NAME* subject = X509_get_subject_name(certificate);
  const bool made =
      X509_set_version(certificate, X509_VERSION_3) == 1 && tls::set_random_serial(certificate) &&
      tls::set_validity(certificate, now() + spec.begins, now() + spec.ends) &&
      X509_set_pubkey(certificate, identity.key.get()) == 1 &&
      tls::add_name_entry(subject, NID_commonName, spec.common_name) &&
      X509_set_issuer_name(certificate,
                           issuer != nullptr ? X509_get_subject_name(issuer) : subject) == 1 &&
      tls::add_extension(certificate, NID_basic_constraints, spec.basic_constraints) &&
      add_if_any(certificate, NID_key_usage, spec.key_usage) &&
      add_if_any(certificate, NID_name_constraints, spec.name_constraints) &&
      tls::add_extension(certificate, NID_subject_key_identifier, "hash") &&
      (issuer == nullptr || tls::add_authority_key_id(certificate, issuer)) &&
      (names.empty() || tls::add_alternative_names(certificate, names)) &&
      tls::sign(certificate, issuer_key != nullptr ? issuer_key : identity.key.get());
  REQUIRE(made);
  return identity;
}

}  // namespace

Time now() { return SystemClock().now(); }

Identity make_self_signed(const CertificateSpec& spec) { return make(spec, nullptr, nullptr); }

Identity make_signed(const CertificateSpec& spec, const tls::CertificateAuthority& ca) {
  return make(spec, ca.certificate(), ca.key());
}

Identity make_signed(const CertificateSpec& spec, const Identity& issuer) {
  return make(spec, issuer.certificate.get(), issuer.key.get());
}

tls::CaOptions permitting(const std::vector<std::string>& words) {
  return {.name_constraints =
              tls::encode_name_constraints(tls::parse_permitted(words).value()).value()};
}

tls::CertificateAuthority make_constrained_ca(const char* constraints) {
  const Identity identity = make_self_signed({.common_name = "Constrained CA",
                                              .basic_constraints = "critical,CA:TRUE",
                                              .key_usage = "critical,keyCertSign",
                                              .name_constraints = constraints});
  return tls::CertificateAuthority::from_pem(
             tls::certificate_to_pem(identity.certificate.get()).value(),
             tls::key_to_pem(identity.key.get()).value(), now(), "constrained CA")
      .value();
}

tls::Leaf to_leaf(Identity identity) {
  return {std::move(identity.certificate), std::move(identity.key)};
}

const tls::CertificateAuthority& shared_ca() {
  static const auto ca = tls::CertificateAuthority::create({.name = "Test CA"}, now()).value();
  return ca;
}

tls::TrustStore trust_only(const X509* certificate) {
  const TempDir dir;
  const Bytes pem = tls::certificate_to_pem(certificate).value();
  REQUIRE(write_file_atomically(dir / "trusted.pem", pem, 0600, IfExists::kFail));
  return tls::TrustStore::load({.extra = {dir / "trusted.pem"}, .system = false}).value();
}

}  // namespace mitm::test
