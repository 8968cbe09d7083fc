#include "lib/trust/java_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "lib/trust/jks.h"

namespace mitm::trust {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr std::string_view kQuotes = "'\"";
constexpr std::string_view kKeystoreOption = "-Djavax.net.ssl.trustStore=";

struct Word {
  std::string_view written;  ///< with the white space before it
  std::string value;
};

/// Takes a quoted piece, or one letter, off `rest`. What is never closed the machine refuses.
void take_piece(std::string_view& rest, std::string& value) {
  const bool is_quoted = kQuotes.contains(rest.front());
  const auto end = is_quoted ? rest.find(rest.front(), 1) : 1;
  value += is_quoted ? rest.substr(1, end - 1) : rest.substr(0, 1);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + (is_quoted ? 1 : 0));
}

std::vector<Word> words_of(std::string_view options) {
  std::vector<Word> words;
  while (options.find_first_not_of(kSpace) != std::string_view::npos) {
    std::string_view rest = options.substr(options.find_first_not_of(kSpace));
    std::string value;
    while (!rest.empty() && !kSpace.contains(rest.front())) take_piece(rest, value);
    words.push_back({options.substr(0, options.size() - rest.size()), std::move(value)});
    options = rest;
  }
  return words;
}

/// What stands behind the name of a keystore of ours.
std::vector<std::string> companions() {
  return {"-Djavax.net.ssl.trustStoreType=JKS",
          fmt::format("-Djavax.net.ssl.trustStorePassword={}", kKeystorePassword)};
}

bool names_keystore_in(std::string_view directory, std::string_view word) {
  if (!word.starts_with(kKeystoreOption)) return false;
  return std::filesystem::path(word.substr(kKeystoreOption.size())).parent_path() == directory;
}

}  // namespace

std::string java_word(std::string_view text) {
  if (text.find_first_of(std::string(kSpace) + std::string(kQuotes)) == std::string_view::npos)
    return std::string(text);
  std::string word;
  while (!text.empty()) {
    const auto first = text.find_first_of(kQuotes);
    const char quote = first != std::string_view::npos && text[first] == '"' ? '\'' : '"';
    const auto piece = text.substr(0, text.find(quote));
    word += fmt::format("{0}{1}{0}", quote, piece);
    text.remove_prefix(piece.size());
  }
  return word;
}

std::string java_trust_options(std::string_view keystore) {
  std::string options = std::string(kKeystoreOption) + java_word(keystore);
  for (const std::string& one : companions()) options += ' ' + one;
  return options;
}

bool names_keystore(std::string_view options) {
  for (const Word& word : words_of(options))
    if (word.value.starts_with(kKeystoreOption)) return true;
  return false;
}

std::string without_keystores_in(std::string_view directory, std::string_view options) {
  const auto words = words_of(options);
  std::string left;
  bool is_changed = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!names_keystore_in(directory, words[i].value)) {
      left += words[i].written;
      continue;
    }
    is_changed = true;
    for (const std::string& one : companions())
      if (i + 1 < words.size() && words[i + 1].value == one) ++i;
  }
  return is_changed ? left.substr(std::min(left.size(), left.find_first_not_of(kSpace)))
                    : std::string(options);
}

}  // namespace mitm::trust
