// What we mint, judged by verifiers that are not ours.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "lib/base/io.h"
#include "lib/tls/minter.h"
#include "lib/tls/pem.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

/// A CA and a leaf as files.
class Files {
 public:
  Files(tls::KeyType ca_key, const tls::LeafRequest& request)
      : Files(tls::CertificateAuthority::create({.key = ca_key}, now()).value(), request) {}

  Files(const tls::CertificateAuthority& ca, const tls::LeafRequest& request) {
    const auto minter = tls::LeafMinter::create(ca).value();
    const auto leaf = minter->mint(request, now()).value();
    put("ca.pem", ca.certificate_pem().value());
    put("leaf.pem", tls::certificate_to_pem(leaf->certificate()).value());
    put("leaf.key", tls::key_to_pem(leaf->key()).value());
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (dir_ / name).string(); }

  [[nodiscard]] bool openssl_accepts(const std::string& name_option,
                                     const std::string& name) const {
    return run("openssl verify -x509_strict -purpose sslserver -no-CAfile -no-CApath -CAfile " +
               path("ca.pem") + " " + name_option + " '" + name + "' " + path("leaf.pem"));
  }

  [[nodiscard]] bool python_accepts(const std::string& hosts) const {
    return run(std::string("python3 " STRICT_HANDSHAKE_SCRIPT " ") + path("ca.pem") + " " +
               path("leaf.pem") + " " + path("leaf.key") + " " + hosts);
  }

 private:
  void put(const std::string& name, const Bytes& content) const {
    REQUIRE(write_file_atomically(dir_ / name, content, 0600, IfExists::kFail));
  }
  static bool run(const std::string& command) {
    return std::system((command + " >&2").c_str()) == 0;
  }

  TempDir dir_;
};

tls::LeafRequest everything(tls::KeyType key) {
  const auto real = to_leaf(
      make_self_signed({.common_name = "Real \xc3\xbc",
                        .names = {"*.b.example", "c_d.example", "192.0.2.1", "2001:db8::1"}}));
  return {.host = "a.example", .original = real.chain(), .key = key};
}

}  // namespace

TEST_CASE("strict openssl accepts every kind of name and no other") {
  for (const auto ca_key : {tls::KeyType::kEc, tls::KeyType::kRsa}) {
    for (const auto key : {tls::KeyType::kEc, tls::KeyType::kRsa}) {
      const Files files(ca_key, everything(key));
      CHECK(files.openssl_accepts("-verify_hostname", "a.example"));
      CHECK(files.openssl_accepts("-verify_hostname", "x.b.example"));
      CHECK(files.openssl_accepts("-verify_hostname", "c_d.example"));
      CHECK(files.openssl_accepts("-verify_ip", "192.0.2.1"));
      CHECK(files.openssl_accepts("-verify_ip", "2001:db8::1"));
      CHECK_FALSE(files.openssl_accepts("-verify_hostname", "x.a.example"));
      CHECK_FALSE(files.openssl_accepts("-verify_ip", "192.0.2.2"));
    }
  }
}

TEST_CASE("strict Python accepts every kind of name and no other") {
  for (const auto key : {tls::KeyType::kEc, tls::KeyType::kRsa}) {
    const Files files(tls::KeyType::kEc, everything(key));
    CHECK(files.python_accepts("a.example x.b.example 192.0.2.1 2001:db8::1"));
    CHECK_FALSE(files.python_accepts("x.a.example"));
  }
}

TEST_CASE("a leaf without a subject passes strict verifiers") {
  const std::string host = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  const Files files(tls::KeyType::kEc, {.host = host});
  CHECK(files.openssl_accepts("-verify_hostname", host));
  CHECK(files.python_accepts(host));
}

TEST_CASE("a leaf for an address alone passes strict verifiers") {
  CHECK(Files(tls::KeyType::kEc, {.host = "192.0.2.1"}).python_accepts("192.0.2.1"));
  CHECK(Files(tls::KeyType::kEc, {.host = "2001:db8::1"})
            .openssl_accepts("-verify_ip", "2001:db8::1"));
}

TEST_CASE(
    "what a constrained CA signs passes strict verifiers, whatever else the server is called") {
  const auto ca = make_constrained_ca(
      "critical,permitted;DNS:inside.example,permitted;IP:192.0.2.0/255.255.255.0");
  const auto real = to_leaf(make_self_signed(
      {.common_name = "Server", .names = {"outside.example", "*.inside.example", "198.51.100.1"}}));
  for (const std::string host : {"a.inside.example", "192.0.2.1"}) {
    CHECK(Files(ca, {.host = host, .original = real.chain()}).python_accepts(host));
  }
  CHECK_FALSE(Files(ca, {.host = "outside.example"}).python_accepts("outside.example"));
}
