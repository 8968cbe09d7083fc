#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "lib/base/ascii.h"
#include "lib/base/bytes.h"

/// Octets as RFC 9110, section 5.6 and RFC 9112 sort them, and comparing them without locale.
namespace mitm::wire {

enum CharBits : std::uint8_t {
  kTokenChar = 1,  ///< tchar, RFC 9110, section 5.6.2
  kNulChar = 2,
  kCrChar = 4,
  kControlChar = 8,  ///< any other control octet but HTAB, and DEL
  kHighChar = 16,    ///< obs-text, 0x80 and above
  kSpaceChar = 32,   ///< SP and HTAB
  kHexChar = 64,
};

constexpr std::array<std::uint8_t, 256> make_char_table() {
  std::array<std::uint8_t, 256> table{};
  const auto mark = [&table](std::string_view chars, std::uint8_t bits) {
    for (const char c : chars) {
      std::uint8_t& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = kControlChar;
  for (std::size_t i = 0x80; i < 0x100; ++i) table[i] = kHighChar;
  table[0x7f] = kControlChar;
  table[0] = kNulChar;
  table['\r'] = kCrChar;
  table['\t'] = kSpaceChar;
  table[' '] = kSpaceChar;
  mark("!#$%&'*+-.^_`|~", kTokenChar);
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", kTokenChar);
  mark("0123456789abcdefABCDEF", kHexChar);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharTable = make_char_table();

constexpr std::uint8_t char_bits(char c) { return kCharTable[static_cast<unsigned char>(c)]; }
constexpr bool is_token_char(char c) { return (char_bits(c) & kTokenChar) != 0; }
constexpr bool is_space(char c) { return (char_bits(c) & kSpaceChar) != 0; }

/// The bits of all octets together.
constexpr std::uint8_t bits_of(ByteView text) {
  unsigned bits = 0;
  for (const char c : text) bits |= char_bits(c);
  return static_cast<std::uint8_t>(bits);
}

/// Whether there are only SP and visible ASCII characters: the usual case, told eight octets at a
/// time.
inline bool is_printable(ByteView text) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  std::uint64_t found = 0;
  std::uint64_t block = 0;
  std::size_t at = 0;
  const auto look = [&found](std::uint64_t octets) {
    const std::uint64_t del = octets ^ (kOnes * 0x7f);
    found |= octets | ((octets - kOnes * 0x20) & ~octets) | ((del - kOnes) & ~del);
  };
  for (; text.size() - at >= sizeof block; at += sizeof block) {
    std::memcpy(&block, text.data() + at, sizeof block);
    look(block);
  }
  block = kOnes * ' ';
  std::memcpy(&block, text.data() + at, text.size() - at);
  look(block);
  return (found & kHigh) == 0;
}

constexpr bool is_token(ByteView text) {
  unsigned all = kTokenChar;
  for (const char c : text) all &= char_bits(c);
  return all != 0 && !text.empty();
}

/// Equal but for the case of ASCII letters.
constexpr bool same_word(ByteView a, ByteView b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

/// Without SP and HTAB at both ends.
constexpr ByteView trim(ByteView text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Cuts the text before the first `separator` off `text`, and the separator with it.
constexpr ByteView cut_item(ByteView& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const ByteView item = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return item;
}

}  // namespace mitm::wire
