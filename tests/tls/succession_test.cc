#include "lib/tls/succession.h"

#include <catch2/catch.hpp>

#include "lib/tls/pem.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

using std::chrono::days;

tls::CaCertificate stored(const tls::CertificateAuthority& ca) {
  return tls::ca_certificate_from_pem(ca.all_certificates_pem().value(), "ca.pem").value();
}

/// The CA that rotate would make in place of this one.
tls::CertificateAuthority successor(const tls::CertificateAuthority& ca) {
  const auto old = stored(ca);
  auto options = tls::successor_options(old, now()).value();
  REQUIRE(tls::inherit_constraints(old, options));
  return tls::CertificateAuthority::create(options, now()).value();
}

}  // namespace

TEST_CASE("a successor is called as the one before and has the same kind of key") {
  const auto next = successor(
      tls::CertificateAuthority::create({.name = "Mine", .key = tls::KeyType::kRsa}, now())
          .value());
  CHECK(next.facts().subject == "CN=Mine,O=mitmkit");
  CHECK(next.facts().key == "RSA 3072");
  CHECK(next.constraints().permit_all());
}

TEST_CASE("a successor may sign no more than the one before, whoever constrained that") {
  for (const auto* constraints :
       {"critical,permitted;DNS:.corp", "critical,excluded;DNS:bank.example",
        "critical,permitted;IP:10.0.0.0/255.0.0.0", "critical,permitted;email:a.example"}) {
    CAPTURE(constraints);
    const auto old = make_constrained_ca(constraints);
    CHECK(successor(old).constraints() == old.constraints());
  }
}

TEST_CASE("a successor does not end before the one before") {
  CertificateSpec spec{.common_name = "Old",
                       .begins = days(-1),
                       .ends = days(100),
                       .basic_constraints = "critical,CA:TRUE",
                       .key_usage = "critical,keyCertSign"};
  const Identity old = make_self_signed(spec);
  const auto certificate = tls::ca_certificate_from_pem(
      tls::certificate_to_pem(old.certificate.get()).value(), "ca.pem");
  const auto options = tls::successor_options(*certificate, now()).value();
  CHECK(tls::CertificateAuthority::create(options, now())->not_after() >=
        certificate->facts.not_after);
}

TEST_CASE("where the certificates of a CA contradict each other nothing is guessed") {
  CertificateSpec spec{.common_name = "Root",
                       .basic_constraints = "critical,CA:TRUE",
                       .key_usage = "critical,keyCertSign",
                       .name_constraints = "critical,permitted;DNS:example"};
  const Identity root = make_self_signed(spec);
  spec.common_name = "Signing";
  spec.name_constraints = "critical,excluded;DNS:a.example";
  const Identity signing = make_signed(spec, root);
  const auto old =
      tls::ca_certificate_from_pem(tls::certificate_to_pem(root.certificate.get()).value() +
                                       tls::certificate_to_pem(signing.certificate.get()).value(),
                                   "ca.pem")
          .value();
  CHECK(old.constraints.permit("b.example"));
  CHECK_FALSE(old.constraints.permit("a.example"));
  tls::CaOptions options;
  const auto inherited = tls::inherit_constraints(old, options);
  REQUIRE_FALSE(inherited);
  CHECK(inherited.error().hint == "say what it may: --permit DOMAIN");
}
