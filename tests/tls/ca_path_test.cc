#include "lib/tls/ca_path.h"

#include <openssl/obj_mac.h>

#include <catch2/catch.hpp>

#include "lib/tls/certificate_signer.h"
#include "lib/tls/x509_build.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

using std::chrono::days;

CertificateSpec ca_named(const std::string& name) {
  return {.common_name = name,
          .basic_constraints = "critical,CA:TRUE",
          .key_usage = "critical,keyCertSign"};
}

tls::CaPath copy(const std::vector<const Identity*>& identities) {
  tls::CaPath certificates;
  for (const Identity* one : identities) {
    X509_up_ref(one->certificate.get());
    certificates.emplace_back(one->certificate.get());
  }
  return certificates;
}

/// The same name and key under another signature.
Identity certified_anew(const Identity& ca, const Identity& issuer, days begins, days ends) {
  Identity anew{tls::X509Ptr(X509_dup(ca.certificate.get())), {}};
  X509* certificate = anew.certificate.get();
  REQUIRE(tls::set_random_serial(certificate));
  REQUIRE(tls::set_validity(certificate, now() + begins, now() + ends));
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  REQUIRE(tls::sign(certificate, issuer.key.get()));
  return anew;
}

bool is(const tls::X509Ptr& certificate, const Identity& identity) {
  return X509_cmp(certificate.get(), identity.certificate.get()) == 0;
}

std::string complaint(const std::vector<const Identity*>& path) {
  const auto checked = tls::check_path(copy(path), now(), "x.pem");
  return checked ? "" : checked.error().message;
}

}  // namespace

TEST_CASE("issuers are found by what they signed, not by what they are called") {
  const Identity stranger = make_self_signed(ca_named("Root"));
  const Identity root = make_self_signed(ca_named("Root"));
  const Identity signing = make_signed(ca_named("Signing"), root);
  const auto certificates = copy({&stranger, &signing, &root});
  const auto path = tls::path_from_key(certificates, signing.key.get(), now());
  REQUIRE(path.size() == 2);
  CHECK(is(path[0], signing));
  CHECK(is(path[1], root));
  CHECK(tls::path_from_key(copy({&stranger, &signing}), signing.key.get(), now()).size() == 1);
  CHECK(tls::path_from_key(copy({&root}), signing.key.get(), now()).empty());
}

TEST_CASE("without its key the lowest certificate begins the path") {
  const Identity root = make_self_signed(ca_named("Root"));
  const Identity signing = make_signed(ca_named("Signing"), root);
  for (const auto& order : {std::vector{&root, &signing}, {&signing, &root}}) {
    const auto path = tls::path_from_lowest(copy(order), now());
    REQUIRE(path.size() == 2);
    CHECK(is(path[0], signing));
    CHECK(is(path[1], root));
  }
  CHECK(tls::path_from_lowest({}, now()).empty());
}

TEST_CASE("of two certificates with one key the valid one leads on") {
  CertificateSpec spec = ca_named("Root");
  spec.begins = days(-20);
  spec.ends = days(-10);
  const Identity ended = make_self_signed(spec);
  const Identity renewed = certified_anew(ended, ended, days(-1), days(9));
  const Identity signing = make_signed(ca_named("Signing"), ended);
  for (const auto& order :
       {std::vector{&ended, &signing, &renewed}, {&renewed, &ended, &signing}}) {
    const auto path = tls::path_from_key(copy(order), signing.key.get(), now());
    REQUIRE(path.size() == 2);
    CHECK(is(path[1], renewed));
  }
  CHECK(complaint({&signing, &ended}).find("its issuer 'CN=Root': expired on") !=
        std::string::npos);
}

TEST_CASE("without its key a renewed root leads, whatever its former certificate signed") {
  CertificateSpec spec = ca_named("Root");
  spec.begins = days(-20);
  spec.ends = days(-10);
  const Identity ended = make_self_signed(spec);
  const Identity renewed = certified_anew(ended, ended, days(-1), days(9));
  for (const auto& order : {std::vector{&ended, &renewed}, {&renewed, &ended}}) {
    const auto path = tls::path_from_lowest(copy(order), now());
    REQUIRE(path.size() == 1);
    CHECK(is(path[0], renewed));
  }
}

TEST_CASE("CAs that issued each other have a path all the same") {
  const Identity a = make_self_signed(ca_named("A"));
  const Identity b = make_self_signed(ca_named("B"));
  const Identity c = make_self_signed(ca_named("C"));
  const Identity a_by_b = certified_anew(a, b, days(-1), days(9));
  const Identity b_by_a = certified_anew(b, a, days(-1), days(9));
  const auto pair = tls::path_from_lowest(copy({&a_by_b, &b_by_a}), now());
  REQUIRE(pair.size() == 2);
  CHECK(is(pair[0], a_by_b));
  const Identity b_by_c = certified_anew(b, c, days(-1), days(9));
  const Identity c_by_a = certified_anew(c, a, days(-1), days(9));
  CHECK(tls::path_from_lowest(copy({&a_by_b, &b_by_c, &c_by_a}), now()).size() == 3);
}

TEST_CASE("every certificate of a path must be a CA's that may have CAs below it") {
  const Identity root = make_self_signed(ca_named("Root"));
  const Identity signing = make_signed(ca_named("Signing"), root);
  CHECK(complaint({&signing, &root}).empty());

  const Identity no_ca = make_self_signed({.common_name = "Leaf"});
  CHECK(complaint({&no_ca}) == "x.pem: not a CA certificate");
  CHECK(complaint({&signing, &no_ca}) == "x.pem: its issuer 'CN=Leaf': not a CA certificate");

  CertificateSpec spec = ca_named("Short");
  spec.basic_constraints = "critical,CA:TRUE,pathlen:0";
  const Identity alone = make_self_signed(spec);
  CHECK(complaint({&alone}).empty());
  CHECK(complaint({&signing, &alone}) ==
        "x.pem: its issuer 'CN=Short': its path length of 0 allows no CA below it");

  spec = ca_named("Mute");
  spec.key_usage = "critical,digitalSignature";
  const Identity mute = make_self_signed(spec);
  CHECK(complaint({&signing, &mute}) ==
        "x.pem: its issuer 'CN=Mute': its keyUsage does not let it sign certificates");
}

TEST_CASE("a path is valid while all of it is") {
  const Identity root = make_self_signed(ca_named("Root"));
  CertificateSpec spec = ca_named("Signing");
  spec.ends = days(3);
  const Identity signing = make_signed(spec, root);
  const auto validity = tls::validity_of(copy({&signing, &root}));
  CHECK(validity.not_after < now() + days(4));
  CHECK(validity.first_to_end == "CN=Signing");
  CHECK(tls::validity_of(copy({&root})).first_to_end.empty());
}

TEST_CASE("an extension is common to a path unless two of its certificates differ in it") {
  CertificateSpec spec = ca_named("Root");
  spec.name_constraints = "critical,permitted;DNS:a.example";
  const Identity root = make_self_signed(spec);
  const Identity same = make_signed(spec, root);
  spec.name_constraints = "critical,permitted;DNS:b.example";
  const Identity other = make_signed(spec, root);
  const Identity none = make_signed(ca_named("None"), root);
  const auto of_root = tls::common_extension(copy({&root}), NID_name_constraints).value();
  CHECK_FALSE(of_root.empty());
  CHECK(tls::common_extension(copy({&same, &root}), NID_name_constraints).value() == of_root);
  CHECK(tls::common_extension(copy({&none, &root}), NID_name_constraints).value() == of_root);
  CHECK_FALSE(tls::common_extension(copy({&other, &root}), NID_name_constraints));
  CHECK(tls::common_extension(copy({&none}), NID_name_constraints).value().empty());
}
