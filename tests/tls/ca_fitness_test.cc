#include "lib/tls/ca_fitness.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/certificate_signer.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_build.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

using Extension = std::pair<int, const char*>;

/// Of a root with these extensions and nothing else.
Result<std::vector<std::string>> examine(tls::PkeyPtr key,
                                         const std::vector<Extension>& extensions) {
  tls::X509Ptr root(X509_new());
  X509_NAME* subject = X509_get_subject_name(root.get());
  REQUIRE(X509_set_version(root.get(), X509_VERSION_3) == 1);
  REQUIRE(tls::set_random_serial(root.get()));
  REQUIRE(
      tls::set_validity(root.get(), now() - std::chrono::days(1), now() + std::chrono::days(9)));
  REQUIRE(X509_set_pubkey(root.get(), key.get()) == 1);
  REQUIRE(tls::add_name_entry(subject, NID_commonName, "odd"));
  REQUIRE(X509_set_issuer_name(root.get(), subject) == 1);
  for (const auto& [nid, value] : extensions) REQUIRE(tls::add_extension(root.get(), nid, value));
  REQUIRE(tls::sign(root.get(), key.get()));
  std::vector<tls::X509Ptr> certificates;
  certificates.push_back(std::move(root));
  const auto ca = tls::CertificateAuthority::from_parts({std::move(key), std::move(certificates)},
                                                        now(), "odd.pem");
  REQUIRE(ca);
  return tls::examine_fitness(*ca, "odd.pem");
}

tls::PkeyPtr ec() { return tls::generate_key(tls::KeyType::kEc, 0).value(); }

const Extension kConstraints{NID_basic_constraints, "critical,CA:TRUE"};
const Extension kUsage{NID_key_usage, "critical,keyCertSign"};
const Extension kId{NID_subject_key_identifier, "hash"};

}  // namespace

TEST_CASE("a CA of ours has nothing that anybody objects to") {
  CHECK(tls::examine_fitness(shared_ca(), "x")->empty());
}

TEST_CASE("what strict verifiers miss is told") {
  CHECK(examine(ec(), {kConstraints, kUsage, kId})->empty());
  CHECK(
      examine(ec(), {kConstraints, kUsage})->front().starts_with("it has no subjectKeyIdentifier"));
  CHECK(examine(ec(), {kConstraints, kId})->front().starts_with("it has no keyUsage"));
  CHECK(examine(ec(), {{NID_basic_constraints, "CA:TRUE"}, kUsage, kId})
            ->front()
            .starts_with("its basicConstraints are not critical"));
}

TEST_CASE("a CA that no client would take is refused") {
  const auto mail_only =
      examine(ec(), {kConstraints, kUsage, kId, {NID_ext_key_usage, "emailProtection"}});
  REQUIRE_FALSE(mail_only);
  CHECK(mail_only.error().message ==
        "odd.pem: its extendedKeyUsage does not let it sign for servers");
  CHECK(examine(ec(), {kConstraints, kUsage, kId, {NID_ext_key_usage, "serverAuth"}}));
  const auto weak =
      examine(tls::generate_key(tls::KeyType::kRsa, 1024).value(), {kConstraints, kUsage, kId});
  REQUIRE_FALSE(weak);
  CHECK(weak.error().message.find("RSA keys of 1024 bits") != std::string::npos);
}

TEST_CASE("a CA whose constraints clients do not agree on is refused") {
  const auto odd =
      examine(ec(), {kConstraints,
                     kUsage,
                     kId,
                     {NID_name_constraints, "critical,permitted;IP:10.0.0.0/255.0.255.0"}});
  REQUIRE_FALSE(odd);
  CHECK(odd.error().message ==
        "odd.pem: its nameConstraints have a mask with holes, which some clients refuse");
}

TEST_CASE("browsers' objection to a kind of key is told") {
  tls::PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  CHECK(*examine(std::move(key), {kConstraints, kUsage, kId}) ==
        std::vector<std::string>{"browsers refuse its kind of key"});
}
