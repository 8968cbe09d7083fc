#include "lib/tls/leaf_kind.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

tls::X509Ptr imprinted(const tls::LeafKind& kind) {
  tls::X509Ptr leaf(X509_new());
  REQUIRE(kind.imprint(leaf.get()));
  return leaf;
}

}  // namespace

TEST_CASE("what is imprinted is the key, the issuer and the extensions but for names") {
  const auto type = GENERATE(tls::KeyType::kEc, tls::KeyType::kRsa);
  const auto kind = tls::LeafKind::create(type, shared_ca()).value();
  const auto leaf = imprinted(kind);
  CHECK(X509_get_version(leaf.get()) == X509_VERSION_3);
  CHECK(X509_get0_pubkey(leaf.get()) == kind.key());
  CHECK(X509_NAME_cmp(X509_get_issuer_name(leaf.get()),
                      X509_get_subject_name(shared_ca().certificate())) == 0);
  CHECK(X509_get_ext_count(leaf.get()) == 5);
  CHECK(X509_get_ext_by_NID(leaf.get(), NID_subject_alt_name, -1) < 0);
  CHECK(EVP_PKEY_get_bits(kind.key()) == (type == tls::KeyType::kEc ? 256 : 2048));
}

TEST_CASE("leaves of one kind share its key, and each kind has another") {
  const auto one = tls::LeafKind::create(tls::KeyType::kEc, shared_ca()).value();
  const auto two = tls::LeafKind::create(tls::KeyType::kEc, shared_ca()).value();
  CHECK(X509_get0_pubkey(imprinted(one).get()) == X509_get0_pubkey(imprinted(one).get()));
  CHECK(EVP_PKEY_eq(one.key(), two.key()) != 1);
}

TEST_CASE("the key is written into certificates without being encoded by a provider") {
  const auto kind = tls::LeafKind::create(tls::KeyType::kEc, shared_ca()).value();
  CHECK(EVP_PKEY_get0_provider(kind.key()) == nullptr);
}
