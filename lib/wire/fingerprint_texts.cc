#include "lib/wire/fingerprint_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "lib/base/ascii.h"

namespace mitm::wire {
namespace {

using Values = std::vector<std::uint16_t>;

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kSupportedVersions = 43;

Values without_grease(const Values& values) {
  Values kept;
  kept.reserve(values.size());
  std::ranges::remove_copy_if(values, std::back_inserter(kept), is_grease);
  return kept;
}

template <class List>
void append_decimal(std::string& out, const List& values) {
  out += ',';
  const std::size_t begin = out.size();
  for (const unsigned value : values) {
    if (out.size() > begin) out += '-';
    const fmt::format_int digits(value);
    out.append(digits.data(), digits.size());
  }
}

char hex_digit(unsigned value) { return "0123456789abcdef"[value & 0xf]; }

void append_hex(std::string& out, const Values& values) {
  const std::size_t begin = out.size();
  for (const unsigned value : values) {
    if (out.size() > begin) out += ',';
    for (const unsigned shift : {12U, 8U, 4U, 0U}) out += hex_digit(value >> shift);
  }
}

std::string sorted_hex(Values values) {
  std::ranges::sort(values);
  std::string out;
  append_hex(out, values);
  return out;
}

std::string_view ja4_version(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

/// The highest that is supported; only who has no such extension means the old field.
std::uint16_t offered_version(const ClientHello& hello) {
  if (std::ranges::find(hello.extensions, kSupportedVersions) == hello.extensions.end())
    return hello.legacy_version;
  const Values versions = without_grease(hello.supported_versions);
  return versions.empty() ? std::uint16_t{0} : std::ranges::max(versions);
}

bool is_alphanumeric(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z'); }

/// First and last character of the first protocol; of its hexadecimal form where one is no letter
/// or digit.
std::string ja4_alpn(const ClientHello& hello) {
  if (hello.alpn.empty() || hello.alpn.front().empty()) return "00";
  const char first = hello.alpn.front().front();
  const char last = hello.alpn.front().back();
  if (is_alphanumeric(first) && is_alphanumeric(last)) return {first, last};
  return {hex_digit(static_cast<unsigned char>(first) >> 4U),
          hex_digit(static_cast<unsigned char>(last))};
}

std::string ja4_head(const ClientHello& hello, std::size_t ciphers, std::size_t extensions) {
  constexpr std::size_t kMostDigits = 99;
  const bool named = std::ranges::find(hello.extensions, kServerName) != hello.extensions.end();
  return fmt::format("t{}{}{:02}{:02}{}", ja4_version(offered_version(hello)), named ? 'd' : 'i',
                     std::min(ciphers, kMostDigits), std::min(extensions, kMostDigits),
                     ja4_alpn(hello));
}

std::string ja4_extensions(Values extensions, const ClientHello& hello) {
  std::erase(extensions, kServerName);
  std::erase(extensions, kAlpn);
  std::string text = sorted_hex(std::move(extensions));
  const Values algorithms = without_grease(hello.signature_algorithms);
  if (algorithms.empty()) return text;
  text += '_';
  append_hex(text, algorithms);
  return text;
}

}  // namespace

FingerprintTexts fingerprint_texts(const ClientHello& hello) {
  const Values ciphers = without_grease(hello.ciphers);
  const Values extensions = without_grease(hello.extensions);
  FingerprintTexts texts;
  texts.ja3 = fmt::to_string(hello.legacy_version);
  append_decimal(texts.ja3, ciphers);
  append_decimal(texts.ja3, extensions);
  append_decimal(texts.ja3, without_grease(hello.groups));
  append_decimal(texts.ja3, hello.point_formats);
  texts.ja4_head = ja4_head(hello, ciphers.size(), extensions.size());
  texts.ja4_ciphers = sorted_hex(ciphers);
  texts.ja4_extensions = ja4_extensions(extensions, hello);
  return texts;
}

}  // namespace mitm::wire
