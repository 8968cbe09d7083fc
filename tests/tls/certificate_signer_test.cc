#include "lib/tls/certificate_signer.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "lib/tls/x509_build.h"

using namespace mitm;
using namespace mitm::tls;

namespace {

X509Ptr unsigned_certificate(EVP_PKEY* key, std::string_view name) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_set_pubkey(certificate.get(), key);
  set_random_serial(certificate.get());
  add_name_entry(X509_get_subject_name(certificate.get()), NID_commonName, name);
  return certificate;
}

/// Ed25519 and Ed448 have no digest to choose.
PkeyPtr key_of(std::string_view type) {
  if (type == "RSA") return PkeyPtr(EVP_RSA_gen(2048));
  if (type.starts_with("P-")) return PkeyPtr(EVP_EC_gen(type.data()));
  return PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, type.data()));
}

}  // namespace

TEST_CASE("each certificate of a signer verifies, whichever thread signed it") {
  const auto* type = GENERATE("P-256", "P-384", "RSA", "ED25519", "ED448");
  const PkeyPtr key = key_of(type);
  const auto signer = CertificateSigner::create(key.get()).value();
  std::vector<std::thread> threads;
  std::vector<int> verified(4, 0);
  for (int& count : verified) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto certificate = unsigned_certificate(key.get(), "n" + std::to_string(i));
        if (signer.sign(certificate.get()) && X509_verify(certificate.get(), key.get()) == 1)
          ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(verified == std::vector<int>(4, 20));
}

TEST_CASE("one certificate alone is signed as well") {
  const auto* type = GENERATE("P-256", "RSA", "ED25519");
  const PkeyPtr key = key_of(type);
  const auto certificate = unsigned_certificate(key.get(), "n");
  CHECK(sign(certificate.get(), key.get()));
  CHECK(X509_verify(certificate.get(), key.get()) == 1);
}

TEST_CASE("what cannot sign is refused") {
  CHECK_FALSE(CertificateSigner::create(nullptr));
  CHECK_FALSE(
      CertificateSigner::create(PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")).get()));
}
