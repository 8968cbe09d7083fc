#include "lib/base/shell_word.h"

#include <algorithm>

#include "lib/base/ascii.h"

namespace mitm {
namespace {

bool is_plain(char c) {
  const char folded = to_lower(c);
  return (folded >= 'a' && folded <= 'z') || is_digit(c) ||
         std::string_view("/._-+:,@%").contains(c);
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += R"('\'')";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace mitm
