#include "lib/tls/pkcs12.h"

#include <catch2/catch.hpp>

#include "lib/tls/identity_file.h"
#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

// Other programs open them in tests/ca.

namespace {

Result<tls::KeyAndCertificates> open(ByteView archive, const std::string& password) {
  return tls::read_key_and_certificates(archive, "x", [&](const std::string&) { return password; });
}

}  // namespace

TEST_CASE("a key comes back with its certificate and issuers") {
  const Identity own = make_signed({.common_name = "own"}, shared_ca());
  std::vector<tls::X509Ptr> issuers;
  issuers.emplace_back(X509_dup(shared_ca().certificate()));
  const auto archive =
      tls::identity_to_pkcs12(own.key.get(), own.certificate.get(), issuers, "own", "secret");
  REQUIRE(archive);
  const auto opened = open(*archive, "secret");
  REQUIRE(opened);
  CHECK(EVP_PKEY_eq(opened->key.get(), own.key.get()) == 1);
  REQUIRE(opened->certificates.size() == 2);
  CHECK(X509_cmp(opened->certificates[0].get(), own.certificate.get()) == 0);
  CHECK(X509_cmp(opened->certificates[1].get(), issuers[0].get()) == 0);
  CHECK(open(*archive, "wrong").error().message == "x: wrong passphrase");
}

TEST_CASE("what is only to be trusted has no key") {
  const auto archive = tls::trusted_to_pkcs12(shared_ca().certificate(), "n\xc3\xa4me", "secret");
  REQUIRE(archive);
  CHECK(open(*archive, "secret").error().message == "x: no private key");
}
