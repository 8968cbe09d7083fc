#include "lib/tls/version.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>

using namespace mitm;
using tls::Version;

TEST_CASE("versions are read as people write them") {
  CHECK(tls::parse_version("1.0") == Version::kTls10);
  CHECK(tls::parse_version("1.3") == Version::kTls13);
  CHECK_FALSE(tls::parse_version("1"));
  CHECK_FALSE(tls::parse_version("TLSv1.2"));
}

TEST_CASE("a context takes the range") {
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_method()));
  REQUIRE(tls::set_versions(context.get(), {Version::kTls12, Version::kTls12}));
  CHECK(SSL_CTX_get_min_proto_version(context.get()) == TLS1_2_VERSION);
  CHECK(SSL_CTX_get_max_proto_version(context.get()) == TLS1_2_VERSION);
}

TEST_CASE("old versions lower the security level, others do not") {
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_method()));
  const int before = SSL_CTX_get_security_level(context.get());
  REQUIRE(tls::set_versions(context.get(), {}));
  CHECK(SSL_CTX_get_security_level(context.get()) == before);
  REQUIRE(tls::set_versions(context.get(), {.min = Version::kTls10}));
  CHECK(SSL_CTX_get_security_level(context.get()) == 0);
}

TEST_CASE("a range the wrong way round is a usage error") {
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_method()));
  const auto set = tls::set_versions(context.get(), {Version::kTls13, Version::kTls12});
  REQUIRE_FALSE(set);
  CHECK(set.error().code == Code::kUsage);
}
