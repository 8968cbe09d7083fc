#include "lib/cli/escape.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "lib/base/display.h"
#include "lib/base/utf8.h"

namespace mitm::cli {
namespace {

void append_escaped(std::string& out, char32_t code) {
  if (code == '\n') {
    out += "\\n";
  } else if (code == '\t') {
    out += "\\t";
  } else if (code < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(code));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  }
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character character = decode_utf8(text);
    if (character.size == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (is_safe_to_show(character.code)) {
      out += text.substr(0, character.size);
    } else {
      append_escaped(out, character.code);
    }
    text.remove_prefix(character.size);
  }
  return out;
}

}  // namespace mitm::cli
