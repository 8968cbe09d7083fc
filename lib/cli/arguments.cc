#include "lib/cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/cli/suggest.h"

namespace mitm::cli {
namespace {

enum class Next : std::uint8_t { kOrdinary, kIsValue };

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

std::unexpected<Error> unknown_long(const std::vector<Flag>& flags, std::string_view name) {
  std::vector<std::string> names;
  for (const Flag& flag : flags) names.push_back(flag.long_name);
  const auto meant = suggest(name, names);
  return fail(Code::kUsage, fmt::format("unknown option --{}", name),
              meant ? fmt::format("did you mean --{}?", *meant) : "");
}

Result<Next> spell_out_long(const std::vector<Flag>& flags, std::string_view word,
                            std::vector<std::string>& out) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(2, equals == word.npos ? equals : equals - 2);
  const Flag* flag = find_long(flags, name);
  if (flag == nullptr) return unknown_long(flags, name);
  out.push_back("--" + flag->long_name);
  if (equals == word.npos) return flag->is_switch() ? Next::kOrdinary : Next::kIsValue;
  if (flag->is_switch()) return fail(Code::kUsage, fmt::format("option --{} takes no value", name));
  out.emplace_back(word.substr(equals + 1));
  return Next::kOrdinary;
}

Result<Next> spell_out_cluster(const std::vector<Flag>& flags, std::string_view word,
                               std::vector<std::string>& out) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    const Flag* flag = find_short(flags, word[i]);
    if (flag == nullptr) return fail(Code::kUsage, fmt::format("unknown option -{}", word[i]));
    out.push_back("--" + flag->long_name);
    if (flag->is_switch()) continue;
    if (i + 1 == word.size()) return Next::kIsValue;
    out.emplace_back(word.substr(i + 1));
    break;
  }
  return Next::kOrdinary;
}

/// A value that may be left out is there only when it is one of the choices.
bool stands_alone(const Flag& flag, std::span<const std::string> after) {
  return !flag.if_alone.empty() &&
         (after.empty() || std::ranges::find(flag.choices, after.front()) == flag.choices.end());
}

Result<Next> spell_out_word(const std::vector<Flag>& flags, std::string_view word,
                            std::vector<std::string>& out) {
  return word.starts_with("--") ? spell_out_long(flags, word, out)
                                : spell_out_cluster(flags, word, out);
}

}  // namespace

Result<std::vector<std::string>> spell_out(const std::vector<Flag>& flags,
                                           std::span<const std::string> words) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_option(words[i])) {
      out.push_back(words[i]);
      continue;
    }
    auto next = spell_out_word(flags, words[i], out);
    if (!next) return std::unexpected(std::move(next).error());
    if (*next == Next::kOrdinary) continue;
    const Flag* flag = find_long(flags, std::string_view(out.back()).substr(2));
    if (stands_alone(*flag, words.subspan(i + 1))) {
      out.push_back(flag->if_alone);
      continue;
    }
    if (++i == words.size()) {
      return fail(Code::kUsage,
                  fmt::format("option {} needs a value: {}", words[i - 1], flag->value_name));
    }
    out.push_back(words[i]);
  }
  return out;
}

std::size_t first_positional(const std::vector<Flag>& flags, std::span<const std::string> words) {
  std::vector<std::string> ignored;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_option(words[i])) return i;
    const auto next = spell_out_word(flags, words[i], ignored);
    if (next && *next == Next::kIsValue) ++i;
  }
  return words.size();
}

}  // namespace mitm::cli
