#include "lib/proxy/failure_hint.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

TEST_CASE("a hint says what helps, where something does") {
  CHECK(failure_hint({"dns", "resolve x: Name or service not known"}).empty());
  CHECK(failure_hint({"tls-verify", "the certificate is self-signed"}).contains("--upstream-ca"));
  CHECK(failure_hint({"tls-server", "none of the TLS versions that we allow"})
            .contains("--tls-min server=1.0"));
  CHECK(failure_hint({"upstream", "it answered CONNECT with 407 Login"}).contains("USER:PASSWORD"));
  CHECK(failure_hint({"upstream", "it wants a login"}).contains("USER:PASSWORD"));
  CHECK(failure_hint({"upstream", "the certificate is for another host"})
            .contains("--insecure-host"));
  CHECK(failure_hint({"upstream", "502 Bad Gateway"}).contains("--no-upstream"));
}

TEST_CASE("who waits too briefly for an answer can wait longer") {
  CHECK(failure_hint({"timeout", "the server did not begin to answer within 1 seconds"})
            .contains("--first-byte-timeout"));
  CHECK(failure_hint({"timeout", "the server did not finish its TLS handshake"})
            .contains("--handshake-timeout"));
  CHECK(failure_hint({"timeout", "nothing was sent for 1 seconds"}).contains("--idle-timeout"));
  CHECK(
      failure_hint({"connect-timeout", "connect to a:1: timed out"}).contains("--connect-timeout"));
}

}  // namespace
}  // namespace mitm::proxy
