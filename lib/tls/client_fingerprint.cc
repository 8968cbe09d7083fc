#include "lib/tls/client_fingerprint.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>

namespace mitm::tls {
namespace {

/// In hexadecimal, `digits` of them at most; empty when it cannot be computed.
std::string digest(ByteView text, const EVP_MD* algorithm, std::size_t digits) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), octets.data(), &size, algorithm, nullptr) != 1) {
    ERR_clear_error();  // else the next handshake takes it for its own
    return {};
  }
  std::string hex;
  hex.reserve(std::size_t{2} * size);
  for (const unsigned octet : std::span(octets).first(size)) {
    hex += "0123456789abcdef"[octet >> 4U];
    hex += "0123456789abcdef"[octet & 0xfU];
  }
  hex.resize(std::min(hex.size(), digits));
  return hex;
}

std::string ja4_part(ByteView list) {
  constexpr std::size_t kDigits = 12;
  return list.empty() ? std::string(kDigits, '0') : digest(list, EVP_sha256(), kDigits);
}

}  // namespace

std::string ja3(ByteView text) { return digest(text, EVP_md5(), std::string::npos); }

std::string ja4(std::string_view head, ByteView ciphers, ByteView extensions) {
  return fmt::format("{}_{}_{}", head, ja4_part(ciphers), ja4_part(extensions));
}

}  // namespace mitm::tls
