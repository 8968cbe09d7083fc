#include "lib/cli/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cxxopts.hpp>
#include <utility>

#include "lib/cli/arguments.h"
#include "lib/cli/suggest.h"

// cxxopts pairs flags with values. It gets to see options that spell_out() has checked and spelled
// out, and nothing from `--` on, because left alone it splits the values of vector options at
// commas, accepts --switch=true, swallows `--`, and names an unknown option only inside a sentence.
// Its regular expressions stay off (CXXOPTS_NO_REGEX): a newline in a value breaks them, a long
// value overflows the stack.

namespace mitm::cli {

/// Fills a ParsedOptions step by step.
class OptionsBuilder {
 public:
  explicit OptionsBuilder(const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) options_.values_[flag.long_name];
  }
  void set_subcommand(std::string name) { options_.subcommand_ = std::move(name); }
  void set_command(std::span<const std::string> words) {
    options_.command_.assign(words.begin(), words.end());
  }
  void add_value(std::string_view name, std::string value) {
    options_.values_.find(name)->second.push_back(std::move(value));
  }
  void add_positionals(std::span<const std::string> words) {
    options_.positionals_.insert(options_.positionals_.end(), words.begin(), words.end());
  }
  [[nodiscard]] const ParsedOptions& so_far() const { return options_; }
  ParsedOptions take() { return std::move(options_); }

 private:
  ParsedOptions options_;
};

namespace {

std::vector<std::string> names_of(const std::vector<Subcommand>& subcommands) {
  std::vector<std::string> names;
  for (const Subcommand& subcommand : subcommands) names.push_back(subcommand.name);
  return names;
}

cxxopts::Options cxxopts_table(const Program& program, const std::vector<Flag>& flags) {
  cxxopts::Options table(program.name);
  for (const Flag& flag : flags) {
    auto value = cxxopts::value<std::string>();
    if (flag.is_switch()) value->implicit_value("");
    table.add_options()(flag.long_name, flag.summary, value, flag.value_name);
  }
  return table;
}

/// The only place where cxxopts runs, and where its exceptions end.
Status pair_up(const Program& program, const std::vector<Flag>& flags,
               const std::vector<std::string>& spelled_out, OptionsBuilder& builder) try {
  std::vector<const char*> argv{program.name.c_str()};
  for (const std::string& word : spelled_out) argv.push_back(word.c_str());
  const cxxopts::ParseResult parsed =
      cxxopts_table(program, flags).parse(static_cast<int>(argv.size()), argv.data());
  for (const auto& argument : parsed.arguments())
    builder.add_value(argument.key(), argument.value());
  builder.add_positionals(parsed.unmatched());
  return {};
} catch (const cxxopts::exceptions::exception& error) {
  return fail(Code::kUsage, error.what());
}

Status check_choices(const std::vector<Flag>& flags, const ParsedOptions& options) {
  for (const Flag& flag : flags) {
    if (flag.complete != Complete::kChoice) continue;
    for (const std::string& value : options.values(flag.long_name)) {
      if (std::ranges::find(flag.choices, value) != flag.choices.end()) continue;
      const auto meant = suggest(value, flag.choices);
      return fail(Code::kUsage,
                  fmt::format("option --{}: '{}' is not one of {}", flag.long_name, value,
                              fmt::join(flag.choices, ", ")),
                  meant ? fmt::format("did you mean {}?", *meant) : "");
    }
  }
  return {};
}

Status check_positionals(const std::vector<Positional>& wanted,
                         const std::vector<std::string>& given) {
  std::size_t at_most = 0;
  std::size_t at_least = 0;
  for (const Positional& positional : wanted) {
    at_least += positional.at_least;
    if (given.size() < at_least) {
      return fail(Code::kUsage, fmt::format("missing argument {}", positional.name));
    }
    at_most = positional.at_most == kAnyNumber ? kAnyNumber : at_most + positional.at_most;
  }
  if (given.size() <= at_most) return {};
  return fail(Code::kUsage, fmt::format("unexpected argument '{}'", given[at_most]));
}

/// Takes the name of the subcommand out of `words`. Null when only --help or --version was asked
/// for.
Result<const Subcommand*> take_subcommand(const Program& program, std::vector<std::string>& words) {
  const std::vector<Flag> flags = all_flags(program);
  const std::vector<std::string> names = names_of(program.subcommands);
  const std::size_t at = first_positional(flags, words);
  if (at == words.size()) {
    auto alone = spell_out(flags, words);
    if (!alone) return std::unexpected(std::move(alone).error());
    const bool informs = std::ranges::any_of(
        *alone, [](const std::string& word) { return word == "--help" || word == "--version"; });
    if (informs) return nullptr;
    return fail(Code::kUsage,
                fmt::format("no command given, expected one of {}", fmt::join(names, ", ")));
  }
  auto before = spell_out(flags, std::span(words).first(at));
  if (!before) return std::unexpected(std::move(before).error());
  const Subcommand* found = find_subcommand(program, words[at]);
  if (found == nullptr) {
    const auto meant = suggest(words[at], names);
    return fail(
        Code::kUsage,
        fmt::format("unknown command '{}', expected one of {}", words[at], fmt::join(names, ", ")),
        meant ? fmt::format("did you mean {}?", *meant) : "");
  }
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  return found;
}

Status add_words_after_dashes(const Program& program, std::span<const std::string> words,
                              OptionsBuilder& builder) {
  if (program.command.empty()) {
    builder.add_positionals(words);
    return {};
  }
  if (words.empty())
    return fail(Code::kUsage, fmt::format("'--' must be followed by {}", program.command));
  builder.set_command(words);
  return {};
}

}  // namespace

unsigned ParsedOptions::count(std::string_view name) const {
  return static_cast<unsigned>(values(name).size());
}

std::optional<std::string> ParsedOptions::value(std::string_view name) const {
  const std::vector<std::string>& all = values(name);
  if (all.empty()) return std::nullopt;
  return all.back();
}

std::string ParsedOptions::value_or(std::string_view name, std::string fallback) const {
  const std::vector<std::string>& all = values(name);
  if (!all.empty()) fallback = all.back();
  return fallback;
}

const std::vector<std::string>& ParsedOptions::values(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end() && "the flag is not in the table");
  if (found == values_.end()) std::abort();
  return found->second;
}

Result<ParsedOptions> parse(const Program& program, std::span<const std::string> arguments) {
  const auto dashes = std::ranges::find(arguments, "--");
  std::vector<std::string> words(arguments.begin(), dashes);
  const Subcommand* subcommand = nullptr;
  if (!program.subcommands.empty()) {
    auto taken = take_subcommand(program, words);
    if (!taken) return std::unexpected(std::move(taken).error());
    subcommand = *taken;
  }
  const std::vector<Flag> flags = all_flags(program, subcommand);
  auto spelled_out = spell_out(flags, words);
  if (!spelled_out) return std::unexpected(std::move(spelled_out).error());

  OptionsBuilder builder(flags);
  if (subcommand != nullptr) builder.set_subcommand(subcommand->name);
  MITM_TRY(pair_up(program, flags, *spelled_out, builder));
  if (builder.so_far().has("help") || builder.so_far().has("version")) return builder.take();
  if (dashes != arguments.end()) {
    const auto after = static_cast<std::size_t>(dashes - arguments.begin()) + 1;
    MITM_TRY(add_words_after_dashes(program, arguments.subspan(after), builder));
  }
  MITM_TRY(check_choices(flags, builder.so_far()));
  MITM_TRY(check_positionals(subcommand != nullptr ? subcommand->positionals : program.positionals,
                             builder.so_far().positionals()));
  return builder.take();
}

}  // namespace mitm::cli
