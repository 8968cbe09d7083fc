#include "lib/tls/ca.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using mitm::tls::CaOptions;
using mitm::tls::CertificateAuthority;
using mitm::tls::KeyType;
using std::chrono::days;

namespace {

Result<CertificateAuthority> reload(const Identity& identity, const EVP_PKEY* key, Time when) {
  return CertificateAuthority::from_pem(tls::certificate_to_pem(identity.certificate.get()).value(),
                                        tls::key_to_pem(key).value(), when, "CA in x");
}

}  // namespace

TEST_CASE("a new CA has the extensions that strict verifiers ask for") {
  const auto ca = CertificateAuthority::create({.name = "Mine"}, now()).value();
  auto* certificate = const_cast<X509*>(ca.certificate());
  CHECK(X509_check_ca(certificate) == 1);
  CHECK(X509_get_pathlen(certificate) == 0);
  CHECK(X509_get_key_usage(certificate) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  CHECK(X509_get0_subject_key_id(certificate) != nullptr);
  for (const int nid : {NID_basic_constraints, NID_key_usage}) {
    const int at = X509_get_ext_by_NID(certificate, nid, -1);
    REQUIRE(at >= 0);
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1);
  }
  CHECK(ca.facts().subject == "CN=Mine,O=mitmkit");
  CHECK(ca.facts().issuer == ca.facts().subject);
  CHECK(ca.facts().key == "EC P-256");
}

TEST_CASE("a CA is valid from two days ago for the days asked for") {
  const Time when = now();
  const auto ca = CertificateAuthority::create({.days = 10}, when).value();
  CHECK(when - ca.facts().not_before >= days(2));
  CHECK(when - ca.facts().not_before < days(2) + std::chrono::seconds(1));
  CHECK(ca.facts().not_after - when <= days(10));
  CHECK(ca.facts().not_after - when > days(10) - std::chrono::seconds(1));
}

TEST_CASE("an RSA CA has 3072 bits") {
  CHECK(CertificateAuthority::create({.key = KeyType::kRsa}, now())->facts().key == "RSA 3072");
}

TEST_CASE("a constrained CA signs with a key whose issuer's key is gone") {
  auto options = permitting({"a.example"});
  options.name = "Mine";
  const auto ca = CertificateAuthority::create(options, now()).value();
  CHECK(ca.facts().subject == "CN=Mine,O=mitmkit");
  CHECK(ca.facts().issuer == ca.facts().subject);
  CHECK(ca.constraints().describe() == "a.example");
  REQUIRE(ca.issuers().size() == 1);
  auto* signing = const_cast<X509*>(ca.certificate());
  CHECK(X509_cmp(ca.issuers().front().get(), signing) == 0);
  CHECK(tls::certificate_facts(signing).issuer == ca.facts().subject);
  CHECK(X509_get_pathlen(signing) == 0);
  CHECK(tls::NameConstraints(signing) == ca.constraints());
}

TEST_CASE("what a constrained CA stores comes back, whatever its name") {
  for (const std::string& name : {std::string(64, 'x'), std::string("\xc3\xbc")}) {
    auto options = permitting({"a.example"});
    options.name = name;
    const auto ca = CertificateAuthority::create(options, now()).value();
    const auto again = CertificateAuthority::from_pem(
        ca.all_certificates_pem().value(), ca.key_pem("secret").value(), now(), "CA",
        [](const std::string&) { return std::string("secret"); });
    REQUIRE(again);
    CHECK(again->facts() == ca.facts());
    CHECK(X509_cmp(again->certificate(), ca.certificate()) == 0);
  }
}

TEST_CASE("a clock that is wrong by years makes no CA") {
  const Time epoch{};
  for (const Time when : {epoch, epoch + days(365 * 30), epoch + days(366 * 200)}) {
    const auto ca = CertificateAuthority::create({}, when);
    REQUIRE_FALSE(ca);
    CHECK(ca.error().message.ends_with("says the clock"));
  }
}

TEST_CASE("two CAs share neither serial nor key") {
  const auto one = CertificateAuthority::create({.name = "A"}, now()).value();
  const auto two = CertificateAuthority::create({.name = "A"}, now()).value();
  CHECK(one.facts().serial != two.facts().serial);
  CHECK(one.facts().serial.size() == 32);
  CHECK(one.key_pem().value() != two.key_pem().value());
}

TEST_CASE("options that no CA can have are usage errors") {
  CHECK(CertificateAuthority::create({.days = 0}, now()).error().code == Code::kUsage);
  CHECK(CertificateAuthority::create({.days = 36'501}, now()).error().code == Code::kUsage);
  for (const std::string& name : {std::string(65, 'x'), std::string("a\nb"), std::string("\xff")}) {
    CHECK(CertificateAuthority::create({.name = name}, now()).error().code == Code::kUsage);
  }
}

TEST_CASE("the bound on names counts characters") {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\xc3\xbc";
  CHECK(CertificateAuthority::create({.name = name}, now())->facts().subject ==
        "CN=" + name + ",O=mitmkit");
}

TEST_CASE("the default name tells whose CA it is and fits") {
  CHECK(tls::default_ca_name("ann", "desk.example.com") == "mitmkit CA (ann@desk)");
  CHECK(tls::default_ca_name(std::string(80, 'a'), "host").size() == 64);
  CHECK(tls::default_ca_name("a\nb", "h") == "mitmkit CA (a?b@h)");
  CHECK(tls::default_ca_name().starts_with("mitmkit CA ("));
}

TEST_CASE("a stored CA comes back as it was") {
  const auto ca = CertificateAuthority::create({}, now()).value();
  const auto again = CertificateAuthority::from_pem(ca.certificate_pem().value(),
                                                    ca.key_pem().value(), now(), "CA");
  REQUIRE(again);
  CHECK(again->facts() == ca.facts());
}

TEST_CASE("a key that belongs to another certificate is refused") {
  const Identity one =
      make_self_signed({.common_name = "A", .basic_constraints = "critical,CA:TRUE"});
  const Identity two =
      make_self_signed({.common_name = "A", .basic_constraints = "critical,CA:TRUE"});
  CHECK(reload(one, one.key.get(), now()));
  const auto mixed = reload(one, two.key.get(), now());
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().message == "CA in x: key and certificate do not belong together");
}

TEST_CASE("a certificate that may not sign others is refused") {
  const Identity leaf = make_self_signed({.common_name = "A"});
  const auto loaded = reload(leaf, leaf.key.get(), now());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message == "CA in x: not a CA certificate");
}

TEST_CASE("a CA outside its validity is refused with the date") {
  const Identity ca =
      make_self_signed({.common_name = "A", .basic_constraints = "critical,CA:TRUE"});
  const auto expired = reload(ca, ca.key.get(), now() + days(31));
  REQUIRE_FALSE(expired);
  CHECK(expired.error().message ==
        "CA in x: expired on " + format_rfc3339(now() + days(30)).substr(0, 10));
  const auto early = reload(ca, ca.key.get(), now() - days(2));
  REQUIRE_FALSE(early);
  CHECK(early.error().message ==
        "CA in x: not valid before " + format_rfc3339(now() - days(1)).substr(0, 10));
}

TEST_CASE("text without a certificate or a key is refused") {
  const auto ca = CertificateAuthority::create({}, now()).value();
  const Bytes certificate = ca.certificate_pem().value();
  const Bytes key = ca.key_pem().value();
  CHECK(CertificateAuthority::from_pem("", key, now(), "CA").error().message ==
        "CA: holds no certificate");
  CHECK(CertificateAuthority::from_pem(certificate, "", now(), "CA")
            .error()
            .message.starts_with("CA: no usable private key"));
}
