#include "lib/trust/java_keystore.h"

#include <catch2/catch.hpp>

#include "lib/base/time.h"
#include "lib/tls/ca.h"

using namespace mitm;
using trust::java_keystore;

namespace {

Bytes hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Bytes out;
  for (const char letter : bytes) {
    const auto octet = static_cast<unsigned char>(letter);
    out += kDigits[octet >> 4U];
    out += kDigits[octet & 15U];
  }
  return out;
}

}  // namespace

// What keytool 17 makes of no certificates is the same, digest included.
TEST_CASE("an empty keystore is a head and a digest") {
  CHECK(hex(java_keystore({})) ==
        "feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792");
}

TEST_CASE("a keystore holds a certificate as it was signed") {
  const auto ca = tls::CertificateAuthority::create({}, SystemClock().now()).value();
  const Bytes keystore = java_keystore({ca.certificate_pem().value()});
  const std::size_t entry = 4 + 2 + 9 + 8 + 2 + 5 + 4;  // "trusted-1", "X.509"
  CHECK(keystore.size() == 12 + entry + ca.facts().der.size() + 20);
  CHECK(keystore.substr(12 + entry, ca.facts().der.size()) == ca.facts().der);
  CHECK(hex(keystore.substr(0, 16)) == "feedfeed000000020000000100000002");
}

TEST_CASE("what is no certificate is left out of a keystore") {
  const Bytes nothing = java_keystore({});
  CHECK(java_keystore({"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "text"}) ==
        nothing);
}
