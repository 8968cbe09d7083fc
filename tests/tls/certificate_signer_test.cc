#include "lib/tls/certificate_signer.h"

#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "lib/tls/key.h"
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

}  // namespace

TEST_CASE("each certificate of a signer verifies, whichever thread signed it") {
  const auto type = GENERATE(KeyType::kEc, KeyType::kRsa);
  const auto key = generate_key(type, 2048).value();
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

TEST_CASE("what cannot sign is refused") { CHECK_FALSE(CertificateSigner::create(nullptr)); }
