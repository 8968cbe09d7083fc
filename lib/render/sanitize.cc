#include "lib/render/sanitize.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "lib/base/utf8.h"

namespace mitm::render {
namespace {

struct CodeRange {
  char32_t first;
  char32_t last;
};

/// Above ASCII. Unicode's Cc, Bidi_Control, the line and paragraph separators, and characters that
/// nobody sees (zero width space, word joiner and its neighbours, byte order mark, interlinear
/// annotations, tags). The joiners U+200C and U+200D stay: scripts and emoji need them.
constexpr std::array kDangerous = {
    CodeRange{0x80, 0x9F},     CodeRange{0x61C, 0x61C},   CodeRange{0x200B, 0x200B},
    CodeRange{0x200E, 0x200F}, CodeRange{0x2028, 0x202E}, CodeRange{0x2060, 0x206F},
    CodeRange{0xFEFF, 0xFEFF}, CodeRange{0xFFF9, 0xFFFB}, CodeRange{0xE0000, 0xE007F},
};

bool is_dangerous(char32_t code) {
  for (const CodeRange& range : kDangerous) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

bool is_plain(char c, Keep keep) {
  return (c > ' ' && c < 0x7F) || (c == ' ' && keep != Keep::kWord);
}

void append_control(std::string& out, char c, Keep keep) {
  if (keep == Keep::kText && (c == '\n' || c == '\t')) {
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

void append_sanitized(std::string& out, ByteView text, Keep keep) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain], keep)) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Utf8Character character = decode_utf8(text);
    if (character.size <= 1) {
      append_control(out, text.front(), keep);
      text.remove_prefix(1);
      continue;
    }
    if (is_dangerous(character.code)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}",
                     static_cast<std::uint32_t>(character.code));
    } else {
      out.append(text.substr(0, character.size));
    }
    text.remove_prefix(character.size);
  }
}

std::string sanitize(ByteView text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  append_sanitized(out, text, keep);
  return out;
}

}  // namespace mitm::render
