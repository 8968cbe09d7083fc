#include "lib/render/sanitize.h"

#include <fmt/format.h>

#include <iterator>

#include "lib/base/display.h"
#include "lib/base/utf8.h"

namespace mitm::render {
namespace {

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
    if (is_safe_to_show(character.code)) {
      out.append(text.substr(0, character.size));
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}",
                     static_cast<std::uint32_t>(character.code));
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
