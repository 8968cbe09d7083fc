#include "formats/json_string.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "lib/base/display.h"
#include "lib/base/utf8.h"

namespace mitm::formats {
namespace {

bool is_plain(char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; }

/// RFC 8259, section 7: beyond 16 bits as the two halves of UTF-16.
void append_escape(std::string& out, std::uint32_t code) {
  if (code > 0xFFFF) {
    append_escape(out, 0xD800 + ((code - 0x10000) >> 10U));
    code = 0xDC00 + (code & 0x3FFU);
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
}

void append_ascii_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      append_escape(out, static_cast<unsigned char>(c));
  }
}

void append_group(std::string& out, ByteView group) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = (bits << 8U) | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    out += i <= group.size() ? kDigits[(bits >> (18 - 6 * i)) & 0x3FU] : '=';
  }
}

}  // namespace

void append_json_escaped(std::string& out, ByteView text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Utf8Character character = decode_utf8(text);
    if (character.size <= 1) {
      append_ascii_escape(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    if (is_safe_to_show(character.code)) {
      out.append(text.substr(0, character.size));
    } else {
      append_escape(out, static_cast<std::uint32_t>(character.code));
    }
    text.remove_prefix(character.size);
  }
}

void Base64Encoder::append(std::string& out, ByteView piece) {
  while (!group_.empty() && !piece.empty()) {
    group_ += piece.front();
    piece.remove_prefix(1);
    if (group_.size() < 3) continue;
    append_group(out, group_);
    group_.clear();
  }
  for (; piece.size() >= 3; piece.remove_prefix(3)) append_group(out, piece.substr(0, 3));
  group_ += piece;
}

void Base64Encoder::finish(std::string& out) {
  if (!group_.empty()) append_group(out, group_);
  group_.clear();
}

}  // namespace mitm::formats
