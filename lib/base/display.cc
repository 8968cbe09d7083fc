#include "lib/base/display.h"

#include <algorithm>
#include <array>

namespace mitm {
namespace {

struct CodeRange {
  char32_t first;
  char32_t last;
};

/// Above ASCII.
constexpr std::array kUnsafe = {
    CodeRange{0x80, 0x9F},     CodeRange{0x61C, 0x61C},   CodeRange{0x200B, 0x200B},
    CodeRange{0x200E, 0x200F}, CodeRange{0x2028, 0x202E}, CodeRange{0x2060, 0x206F},
    CodeRange{0xFEFF, 0xFEFF}, CodeRange{0xFFF9, 0xFFFB}, CodeRange{0xE0000, 0xE007F},
};

}  // namespace

bool is_safe_to_show(char32_t code) {
  if (code < 0x80) return code >= 0x20 && code != 0x7F;
  for (const CodeRange& range : kUnsafe) {
    if (code >= range.first && code <= range.last) return false;
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string result(text.substr(0, limit));
  std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

}  // namespace mitm
