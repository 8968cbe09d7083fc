#include "lib/trust/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/display.h"
#include "lib/base/shell_word.h"
#include "lib/trust/jks.h"
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

/// Java's options without those that name a keystore of ours.
std::string without_ours(std::string_view options, const std::string& directory) {
  const std::string end = fmt::format("trustStorePassword={}", kKeystorePassword);
  for (const auto* quote : {"", "\""}) {
    const auto begin =
        options.find(fmt::format("-Djavax.net.ssl.trustStore={}{}/", quote, directory));
    const auto last = options.find(end, begin);
    if (begin == std::string_view::npos || last == std::string_view::npos) continue;
    std::string_view before = options.substr(0, begin);
    if (before.ends_with(' ')) before.remove_suffix(1);
    std::string_view after = options.substr(last + end.size());
    if (before.empty() && after.starts_with(' ')) after.remove_prefix(1);
    return std::string(before) + std::string(after);
  }
  return std::string(options);
}

/// Java takes one keystore, and its options are words of one string.
void add_java(const Variable& variable, const BundlesGiven& given, Bundles& bundles,
              ShellEnvironment& made) {
  if (given.directory.find('"') != std::string::npos) {
    bundles.warn(variable.name, given.directory,
                 fmt::format("Java's options cannot name {}, which has a quotation mark",
                             printable(given.directory)));
    return;
  }
  const std::string earlier =
      without_ours(given.variable(variable.name).value_or(""), given.directory);
  if (earlier.find("javax.net.ssl.trustStore=") != std::string::npos) {
    made.warnings.push_back(
        fmt::format("{}: it names a keystore already, and ours takes its place", variable.name));
  }
  const std::string options = java_trust_options(bundles.keystore());
  // The last one counts.
  made.exports.push_back(
      {std::string(variable.name), earlier.empty() ? options : earlier + ' ' + options});
}

std::vector<std::string> sources_at(const BundlesGiven& given, std::string_view name) {
  const auto content = given.read(given.variable(name).value_or(""), kMaxCertificates);
  return content ? sources_of(*content) : std::vector<std::string>{};
}

/// What a variable that names a bundle of ours named before; empty: nothing that is known.
std::string named_before(const BundlesGiven& given, const Variable& variable) {
  std::vector<std::string> own = sources_at(given, variable.name);
  auto others = directories_in(given.variable("SSL_CERT_DIR").value_or(""));
  const auto add_sources_at = [&](std::string_view name) {
    for (std::string& path : sources_at(given, name)) others.push_back(std::move(path));
  };
  if (variable.name != "SSL_CERT_FILE") add_sources_at("SSL_CERT_FILE");
  // What its programs obeyed where it was not set, and will again.
  for (const std::string_view name : variable.else_obeyed)
    if (!name.empty()) add_sources_at(name);
  std::erase_if(own, [&](const std::string& path) { return std::ranges::count(others, path) > 0; });
  return own.size() == 1 ? own.front() : std::string();
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
  for (const Variable& variable : variables()) {
    if (names_bundle(variable.kind))
      made.exports.push_back({std::string(variable.name), bundles.for_variable(variable)});
    if (variable.kind == VariableKind::kJavaOptions) add_java(variable, given, bundles, made);
  }
  made.files = bundles.take_files();
  for (std::string& warning : bundles.take_warnings()) made.warnings.push_back(std::move(warning));
  return made;
}

std::string render_undoing(Shell shell, const BundlesGiven& given) {
  std::string text;
  for (const Variable& variable : variables()) {
    const std::string value = given.variable(variable.name).value_or("");
    const std::string name(variable.name);
    std::string before;
    if (names_bundle(variable.kind) && value.starts_with(given.directory + '/')) {
      before = named_before(given, variable);
    } else if (variable.kind == VariableKind::kJavaOptions) {
      before = without_ours(value, given.directory);
      if (before == value) continue;
    } else {
      continue;
    }
    text += before.empty() ? render_unset(shell, name) : render_exports(shell, {{name, before}});
  }
  return text;
}

}  // namespace mitm::trust
