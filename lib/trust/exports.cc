#include "lib/trust/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/shell_word.h"
#include "lib/trust/earlier.h"
#include "lib/trust/java_options.h"
#include "lib/trust/variables.h"

namespace mitm::trust {
namespace {

/// fish knows no '\'' inside single quotes, but \' and \\.
std::string fish_word(std::string_view text) {
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') word += '\\';
    word += letter;
  }
  return word + '\'';
}

bool names_bundle(VariableKind kind) {
  return kind == VariableKind::kReplaces || kind == VariableKind::kAdds;
}

/// Java takes one keystore, and its options are words of one string.
void add_java(const Variable& variable, const BundlesGiven& given, Bundles& bundles,
              ShellEnvironment& made) {
  const std::string earlier =
      without_keystores_in(given.directory, given.variable(variable.name).value_or(""));
  if (names_keystore(earlier)) {
    made.warnings.push_back(
        fmt::format("{}: it names a keystore already, and ours takes its place", variable.name));
  }
  const std::string options = java_trust_options(bundles.keystore());
  // The last one counts.
  made.exports.push_back(
      {std::string(variable.name), earlier.empty() ? options : earlier + ' ' + options});
}

/// Notes what `variable` says, unless that is one of our files.
void note(const Variable& variable, const BundlesGiven& given, Earlier& earlier) {
  const auto value = given.variable(variable.name);
  if (value && is_in(given.directory, *value)) return;
  auto& values = earlier.open(given.directory);
  if (value) values[std::string(variable.name)] = *value;
  if (!value) values.erase(std::string(variable.name));
}

std::string render_unset(Shell shell, std::string_view name) {
  return fmt::format("{} {}\n", shell == Shell::kFish ? "set -e" : "unset", name);
}

}  // namespace

std::optional<Shell> parse_shell(std::string_view name) {
  constexpr auto kPosix = std::to_array<std::string_view>({"sh", "bash", "zsh", "dash", "ksh"});
  name.remove_prefix(name.rfind('/') + 1);
  if (name == "fish") return Shell::kFish;
  if (std::ranges::find(kPosix, name) != kPosix.end()) return Shell::kPosix;
  return std::nullopt;
}

std::string render_exports(Shell shell, const std::vector<Export>& exports) {
  std::string text;
  for (const Export& one : exports) {
    text += shell == Shell::kFish ? fmt::format("set -gx {} {}\n", one.name, fish_word(one.value))
                                  : fmt::format("export {}={}\n", one.name, shell_word(one.value));
  }
  return text;
}

ShellEnvironment shell_environment(const BundlesGiven& given) {
  ShellEnvironment made;
  Bundles bundles(given);
  Earlier earlier = Earlier::parse(given.variable(kEarlierVariable).value_or(""));
  for (const Variable& variable : variables()) {
    if (names_bundle(variable.kind)) {
      std::string value = bundles.for_variable(variable);
      if (!is_taken_literally(variable, value)) {
        made.warnings.push_back(fmt::format("{} is left out: npm would replace the ${{...}} in {}",
                                            variable.name, value));
        continue;
      }
      note(variable, given, earlier);
      made.exports.push_back({std::string(variable.name), std::move(value)});
    }
    if (variable.kind == VariableKind::kJavaOptions) add_java(variable, given, bundles, made);
  }
  made.exports.push_back({std::string(kEarlierVariable), earlier.text()});
  made.files = bundles.take_files();
  for (std::string& warning : bundles.take_warnings()) made.warnings.push_back(std::move(warning));
  return made;
}

std::string render_undoing(Shell shell, const BundlesGiven& given) {
  std::string text;
  const auto restore = [&](std::string_view name, const std::optional<std::string>& value) {
    text +=
        value ? render_exports(shell, {{std::string(name), *value}}) : render_unset(shell, name);
  };
  const auto unless_empty = [](std::string value) {
    return value.empty() ? std::nullopt : std::optional(std::move(value));
  };
  const auto is_ours = [&](std::string_view value) { return is_in(given.directory, value); };
  Earlier earlier = Earlier::parse(given.variable(kEarlierVariable).value_or(""));
  const auto before = earlier.close(given.directory, is_ours);
  for (const Variable& variable : variables()) {
    const std::string value = given.variable(variable.name).value_or("");
    if (names_bundle(variable.kind) && is_ours(value)) {
      const auto found = before ? before->find(variable.name) : Earlier::Values::const_iterator();
      const bool was_set = before && found != before->end();
      restore(variable.name, was_set ? std::optional(found->second) : std::nullopt);
    } else if (variable.kind == VariableKind::kJavaOptions) {
      std::string rest = without_keystores_in(given.directory, value);
      if (rest != value) restore(variable.name, unless_empty(std::move(rest)));
    }
  }
  if (before) restore(kEarlierVariable, unless_empty(earlier.text()));
  return text;
}

}  // namespace mitm::trust
