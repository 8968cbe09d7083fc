#include "lib/tls/import.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/tls/pem.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

class Files {
 public:
  std::string put(const std::string& name, ByteView content) {
    REQUIRE(write_file_atomically(dir_ / name, content, 0600, IfExists::kReplace));
    return (dir_ / name).string();
  }

 private:
  TempDir dir_;
};

Result<tls::CertificateAuthority> import(const std::vector<std::string>& files) {
  auto imported = tls::import_ca(files, now(), {});
  if (!imported) return std::unexpected(std::move(imported).error());
  return std::move(imported->ca);
}

}  // namespace

TEST_CASE("a CA is imported from one file or two, in any order") {
  Files files;
  const auto ca = tls::CertificateAuthority::create({}, now()).value();
  const Bytes certificate = ca.certificate_pem().value();
  const Bytes key = ca.key_pem().value();
  const auto one = files.put("certificate", certificate);
  const auto two = files.put("key", key);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{files.put("a", certificate + key)},
        {files.put("b", key + certificate)},
        {one, two},
        {two, one}}) {
    CHECK(import(names)->facts() == ca.facts());
  }
}

TEST_CASE("half a CA is told which half is missing") {
  Files files;
  const auto ca = tls::CertificateAuthority::create({}, now()).value();
  const auto certificate = import({files.put("c", ca.certificate_pem().value())});
  REQUIRE_FALSE(certificate);
  CHECK(certificate.error().message.ends_with(": no private key"));
  CHECK(certificate.error().hint.find("--import FILE") != std::string::npos);
  const auto key = import({files.put("k", ca.key_pem().value())});
  REQUIRE_FALSE(key);
  CHECK(key.error().message.ends_with(": no certificate"));
}

TEST_CASE("a CA below another one keeps the path to it") {
  Files files;
  // The first is the root of the second, and its key is gone.
  const auto ca = tls::CertificateAuthority::create(permitting({"a.example"}), now()).value();
  const auto again =
      import({files.put("x", ca.key_pem().value() + ca.all_certificates_pem().value())});
  REQUIRE(again);
  CHECK(again->facts() == ca.facts());
  CHECK(again->issuers().size() == 1);
  CHECK(again->constraints() == ca.constraints());
}

TEST_CASE("what an import has no use for is told") {
  Files files;
  const auto ca = tls::CertificateAuthority::create({}, now()).value();
  const auto other = tls::CertificateAuthority::create({}, now()).value();
  const auto one = files.put("one", ca.certificate_pem().value() + ca.key_pem().value());
  const auto two = files.put("two", other.certificate_pem().value() + other.key_pem("pw").value());
  const auto told = [](const std::vector<std::string>& names) {
    return tls::import_ca(names, now(), {}).value().ignored;
  };
  CHECK(told({one, one}).empty());
  const auto strangers = told({one, two});
  REQUIRE(strangers.size() == 2);
  CHECK(strangers.front() == two + ": its private key is not used, for that of " + one + " is");
  CHECK(strangers.back().starts_with(two + ": the certificate '"));
}

TEST_CASE("what is no CA is not imported") {
  Files files;
  CHECK(import({files.put("x", "hello")}).error().message.ends_with(": neither PEM nor PKCS #12"));
  CHECK_FALSE(import({"/nonexistent/file"}));
  const Identity leaf = make_self_signed({.common_name = "leaf"});
  CHECK(import({files.put("y", tls::key_to_pem(leaf.key.get()).value() +
                                   tls::certificate_to_pem(leaf.certificate.get()).value())})
            .error()
            .message.ends_with(": not a CA certificate"));
}

TEST_CASE("errors name the file that is at fault") {
  Files files;
  const Identity leaf = make_self_signed({.common_name = "leaf"});
  const auto key = files.put("key", tls::key_to_pem(leaf.key.get()).value());
  const auto none = files.put("leaf", tls::certificate_to_pem(leaf.certificate.get()).value());
  const auto cut = files.put("cut", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n");
  const auto bad_key =
      files.put("bad", "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n");
  for (const auto& [names, begin] :
       {std::pair{std::vector{none, key}, none + ": not a CA certificate"},
        std::pair{std::vector{key, none}, none + ": not a CA certificate"},
        std::pair{std::vector{cut, key}, cut + ": certificate 1 is damaged"},
        std::pair{std::vector{key, cut}, cut + ": certificate 1 is damaged"},
        std::pair{std::vector{bad_key, none}, bad_key + ": no usable private key"},
        std::pair{std::vector{none, bad_key}, bad_key + ": no usable private key"}}) {
    const auto refused = import(names);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with(begin));
  }
}
