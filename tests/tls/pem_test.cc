#include "lib/tls/pem.h"

#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "lib/tls/openssl_handles.h"
#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

TEST_CASE("several certificates are read with the text between them skipped") {
  const Identity one = make_self_signed({.common_name = "one"});
  const Identity two = make_self_signed({.common_name = "two"});
  const Bytes text = "# one\n" + tls::certificate_to_pem(one.certificate.get()).value() +
                     "# two\n" + tls::certificate_to_pem(two.certificate.get()).value();
  const auto read = tls::certificates_from_pem(text, "x");
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(tls::certificate_der((*read)[1].get()) == tls::certificate_der(two.certificate.get()));
}

TEST_CASE("text without certificates is an empty list, a damaged one an error") {
  CHECK(tls::certificates_from_pem("nothing here", "x")->empty());
  CHECK(tls::certificates_from_pem("", "x")->empty());
  Bytes text = tls::certificate_to_pem(make_self_signed({}).certificate.get()).value();
  text[80] = text[80] == 'A' ? 'B' : 'A';
  text.erase(100, 8);
  CHECK(tls::certificates_from_pem(text, "x").error().message.starts_with(
      "x: certificate 1 is damaged: "));
  text.resize(text.size() / 2);
  CHECK_FALSE(tls::certificates_from_pem(text, "x"));
}

TEST_CASE("a key comes back as it was") {
  const Identity identity = make_self_signed({});
  const Bytes pem = tls::key_to_pem(identity.key.get()).value();
  CHECK(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  const auto key = tls::key_from_pem(pem, "x");
  REQUIRE(key);
  CHECK(EVP_PKEY_eq(key->get(), identity.key.get()) == 1);
  CHECK(tls::key_from_pem("", "x").error().message.starts_with("x: no usable private key: "));
}

TEST_CASE("an encrypted key is refused without asking anybody") {
  const Identity identity = make_self_signed({});
  const tls::BioPtr out(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), identity.key.get(), EVP_aes_128_cbc(), "pw", 2,
                                        nullptr, nullptr) == 1);
  const auto key = tls::key_from_pem(tls::content(out.get()), "x");
  REQUIRE_FALSE(key);
  CHECK(key.error().message == "x: the private key is encrypted");
}

TEST_CASE("an encrypted key opens with its passphrase and no other, and asks once") {
  const Identity identity = make_self_signed({});
  const Bytes pem = tls::key_to_pem(identity.key.get(), "secret").value();
  CHECK(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  int asked = 0;
  const auto open = [&](const Result<std::string>& answer) {
    return tls::key_from_pem(pem, "x", [&](const std::string& name) {
      CHECK(name == "x");
      ++asked;
      return answer;
    });
  };
  const auto key = open("secret");
  REQUIRE(key);
  CHECK(EVP_PKEY_eq(key->get(), identity.key.get()) == 1);
  CHECK(asked == 1);
  CHECK(open("Secret").error().message == "x: wrong passphrase");
  CHECK(open(fail(Code::kCancelled, "no")).error() == Error{Code::kCancelled, "no"});
  CHECK(asked == 3);
  CHECK_FALSE(open(std::string(5000, 'x')));
}

TEST_CASE("DER must be one whole certificate") {
  const Identity identity = make_self_signed({.common_name = "one"});
  const Bytes der = tls::certificate_der(identity.certificate.get());
  CHECK(tls::certificate_from_der(der, "x"));
  CHECK_FALSE(tls::certificate_from_der(der + "x", "x"));
  CHECK_FALSE(tls::certificate_from_der(der.substr(0, der.size() - 1), "x"));
  CHECK_FALSE(tls::certificate_from_der("", "x"));
}

TEST_CASE("the subject is found without the rest of the certificate") {
  const Identity identity = make_self_signed({.common_name = "one", .names = {"a.example"}});
  const Bytes der = tls::certificate_der(identity.certificate.get());
  const auto subject = tls::subject_from_der(der, "x");
  REQUIRE(subject);
  CHECK(tls::name_entry(subject->get(), NID_commonName) == "one");
  for (std::size_t size = 0; size < der.size(); ++size) {
    CHECK_FALSE(tls::subject_from_der(der.substr(0, size), "x"));
  }
  CHECK(tls::subject_from_der("\x30\x80", "x").error().message.starts_with("x: not a certificate"));
}

TEST_CASE("the subject is found where the version is left out") {
  const Identity identity = make_self_signed({.common_name = "one"});
  REQUIRE(X509_set_version(identity.certificate.get(), X509_VERSION_1) == 1);
  const auto subject = tls::subject_from_der(tls::certificate_der(identity.certificate.get()), "x");
  CHECK(tls::name_entry(subject.value().get(), NID_commonName) == "one");
}
