#include "lib/tls/trust.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "lib/base/io.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using tls::TrustStore;

namespace {

using X509StoreCtxPtr = CPtr<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509ObjectPtr = CPtr<X509_OBJECT, X509_OBJECT_free>;

void put(const std::filesystem::path& path, const Bytes& content) {
  REQUIRE(write_file_atomically(path, content, 0644, IfExists::kReplace));
}

Bytes pem_of(const std::string& name) {
  return tls::certificate_to_pem(make_self_signed({.common_name = name}).certificate.get()).value();
}

int count(const TrustStore& store) {
  return sk_X509_OBJECT_num(X509_STORE_get0_objects(store.get()));
}

Result<TrustStore> load(const std::filesystem::path& extra) {
  return TrustStore::load({.extra = {extra}, .system = false});
}

}  // namespace

TEST_CASE("every certificate of a PEM file is trusted") {
  const TempDir dir;
  put(dir / "two.pem", pem_of("one") + pem_of("two"));
  CHECK(count(load(dir / "two.pem").value()) == 2);
}

TEST_CASE("a DER file is trusted, too") {
  const TempDir dir;
  put(dir / "one.der", tls::certificate_der(make_self_signed({}).certificate.get()));
  CHECK(count(load(dir / "one.der").value()) == 1);
}

TEST_CASE("a directory gives what certificates its files hold") {
  const TempDir dir;
  put(dir / "a.pem", pem_of("a"));
  put(dir / "b.crt", pem_of("b"));
  put(dir / "README", "text");
  CHECK(count(load(dir.path()).value()) == 2);
}

TEST_CASE("extra certificates that are not there are an error") {
  const TempDir dir;
  put(dir / "text", "no certificate");
  CHECK(load(dir / "text")
            .error()
            .message.starts_with((dir / "text").string() + ": not a certificate"));
  CHECK(load(dir.path()).error().message ==
        dir.path().string() + ": no file in it holds a certificate");
  CHECK(load(dir / "none").error().message ==
        "open " + (dir / "none").string() + ": No such file or directory");
}

TEST_CASE("the system's store is taken from where OpenSSL is told") {
  const TempDir dir;
  put(dir / "system.pem", pem_of("system"));
  REQUIRE(::setenv("SSL_CERT_FILE", (dir / "system.pem").c_str(), 1) == 0);
  const auto store = TrustStore::load({});
  ::unsetenv("SSL_CERT_FILE");
  REQUIRE(store);
  CHECK(count(*store) == 1);
}

TEST_CASE("the system's directory is asked for an issuer by the hash of its name") {
  const TempDir dir;
  const auto wanted = make_self_signed({.common_name = "wanted"});
  const auto hash =
      X509_NAME_hash_ex(X509_get_subject_name(wanted.certificate.get()), nullptr, nullptr, nullptr);
  put(dir / fmt::format("{:08x}.0", hash), pem_of("wanted"));
  put(dir / "unlinked.pem", pem_of("unlinked"));
  REQUIRE(::setenv("SSL_CERT_DIR", dir.path().c_str(), 1) == 0);
  const auto store = TrustStore::load({});
  REQUIRE(store);
  const X509StoreCtxPtr lookup(X509_STORE_CTX_new());
  REQUIRE(X509_STORE_CTX_init(lookup.get(), store->get(), nullptr, nullptr) == 1);
  const auto found = [&](const std::string& name) {
    const auto subject = make_self_signed({.common_name = name});
    const X509ObjectPtr object(X509_STORE_CTX_get_obj_by_subject(
        lookup.get(), X509_LU_X509, X509_get_subject_name(subject.certificate.get())));
    return object != nullptr;
  };
  CHECK(found("wanted"));
  CHECK_FALSE(found("unlinked"));
  ::unsetenv("SSL_CERT_DIR");
}

TEST_CASE("a system's file that never ends is passed over") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  REQUIRE(::setenv("SSL_CERT_FILE", (dir / "pipe").c_str(), 1) == 0);
  const auto store = TrustStore::load({});
  ::unsetenv("SSL_CERT_FILE");
  REQUIRE(store);
  CHECK(count(*store) == 0);
}
