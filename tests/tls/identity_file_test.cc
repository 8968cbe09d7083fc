#include "lib/tls/identity_file.h"

#include <openssl/pkcs12.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/pem.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

struct File {
  explicit File(ByteView content) {
    REQUIRE(write_file_atomically(path, content, 0600, IfExists::kReplace));
  }

  TempDir dir;
  std::filesystem::path path = dir / "identity";
};

Bytes certificate(const Identity& identity) {
  return tls::certificate_to_pem(identity.certificate.get()).value();
}

Bytes key(const Identity& identity) { return tls::key_to_pem(identity.key.get()).value(); }

std::string refusal(ByteView content) {
  const File file(content);
  const auto loaded = tls::load_identity(file.path);
  if (loaded) return "accepted";
  CHECK(loaded.error().message.starts_with(file.path.string()));
  return loaded.error().message.substr(file.path.native().size());
}

Bytes pkcs12(const Identity& identity, const char* password) {
  PKCS12* made = PKCS12_create(password, nullptr, identity.key.get(), identity.certificate.get(),
                               nullptr, 0, 0, 0, 0, 0);
  REQUIRE(made != nullptr);
  const tls::BioPtr out(BIO_new(BIO_s_mem()));
  REQUIRE(i2d_PKCS12_bio(out.get(), made) == 1);
  PKCS12_free(made);
  return Bytes(tls::content(out.get()));
}

}  // namespace

TEST_CASE("PEM is taken in any order, with issuers") {
  const Identity own = make_signed({.common_name = "own"}, shared_ca());
  const Bytes issuer = shared_ca().certificate_pem().value();
  for (const Bytes& text :
       {key(own) + certificate(own) + issuer, issuer + certificate(own) + key(own)}) {
    const File file(text);
    const auto loaded = tls::load_identity(file.path);
    REQUIRE(loaded);
    REQUIRE((*loaded)->chain()->certificates.size() == 2);
    CHECK((*loaded)->facts().subject == "CN=own");
  }
}

TEST_CASE("PKCS #12 without a password is taken, with one refused") {
  const Identity own = make_self_signed({.common_name = "own"});
  const File file(pkcs12(own, ""));
  const auto loaded = tls::load_identity(file.path);
  REQUIRE(loaded);
  CHECK((*loaded)->facts().subject == "CN=own");
  CHECK(refusal(pkcs12(own, "secret")) == ": cannot be opened without a password");
}

TEST_CASE("what is no identity is refused") {
  const Identity one = make_self_signed({});
  const Identity other = make_self_signed({});
  CHECK(refusal(certificate(one) + key(other)) == ": no certificate belongs to the private key");
  CHECK(refusal(key(one)) == ": no certificate belongs to the private key");
  CHECK(refusal(certificate(one)).starts_with(": no usable private key"));
  CHECK(refusal("") == ": neither PEM nor PKCS #12");
  CHECK(refusal("GIF89a") == ": neither PEM nor PKCS #12");
  CHECK_FALSE(tls::load_identity("/nonexistent/file"));
}
