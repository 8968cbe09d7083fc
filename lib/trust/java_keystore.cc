#include "cmd/mitm-record/java_keystore.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"

// The format has no specification but sun.security.provider.JavaKeyStore: numbers are big-endian,
// strings have two octets of length, and a SHA-1 digest over the password (UTF-16), two words and
// everything before it comes last. Making it ourselves saves a second of keytool and works where
// only an application's private JVM is installed.
namespace mitm::record {
namespace {

constexpr std::uint32_t kMagic = 0xFEEDFEED;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kTrustedCertificate = 2;
constexpr std::string_view kDigestWords = "Mighty Aphrodite";

void put_number(Bytes& out, std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
}

void put_text(Bytes& out, std::string_view text) {
  put_number(out, text.size(), 2);
  out += text;
}

Bytes digest(const Bytes& content) {
  Bytes input;
  for (const char letter : kKeystorePassword) {
    input += '\0';
    input += letter;
  }
  input += kDigestWords;
  input += content;
  const std::string hex = tls::fingerprint(input, tls::Digest::kSha1);  // "AB:CD:…"
  Bytes out;
  for (std::size_t i = 0; i + 2 <= hex.size(); i += 3) {
    unsigned octet = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, octet, 16);
    out += static_cast<char>(octet);
  }
  return out;
}

}  // namespace

Bytes java_keystore(const std::vector<Bytes>& certificates) {
  Bytes entries;
  std::uint32_t count = 0;
  for (const Bytes& pem : certificates) {
    const auto parsed = tls::certificates_from_pem(pem, "certificate");
    if (!parsed || parsed->empty()) continue;
    const Bytes der = tls::certificate_der(parsed->front().get());
    put_number(entries, kTrustedCertificate, 4);
    put_text(entries, fmt::format("trusted-{}", ++count));
    put_number(entries, 0, 8);  // when it was added, which nobody asks
    put_text(entries, "X.509");
    put_number(entries, der.size(), 4);
    entries += der;
  }
  Bytes out;
  put_number(out, kMagic, 4);
  put_number(out, kVersion, 4);
  put_number(out, count, 4);
  out += entries;
  return out + digest(out);
}

}  // namespace mitm::record
