#include "lib/trust/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/shell_word.h"
#include "lib/trust/certificate_bundle.h"
#include "lib/trust/java_keystore.h"
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

bool is_about_certificates(VariableKind kind) {
  return kind == VariableKind::kReplaces || kind == VariableKind::kAdds ||
         kind == VariableKind::kJavaOptions;
}

class Arrangement {
 public:
  explicit Arrangement(const ShellSurroundings& given) : given_(given) {
    own_.add(given_.ca_pem);
    common_.add(given_.ca_pem);
    common_.add(given_.system_pem);
  }

  ShellEnvironment apply() {
    write(common_path(), common_.pem());
    write(own_path(), own_.pem());
    for (const Variable& variable : variables()) apply(variable);
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string path(std::string_view name) const {
    return fmt::format("{}/{}", given_.directory, name);
  }
  [[nodiscard]] std::string common_path() const { return path("ca-bundle.pem"); }
  [[nodiscard]] std::string own_path() const { return path("ca.pem"); }

  void apply(const Variable& variable) {
    if (variable.kind == VariableKind::kReplaces)
      set(variable.name, bundle(variable.name, common_, common_path()));
    if (variable.kind == VariableKind::kAdds)
      set(variable.name, bundle(variable.name, own_, own_path()));
    if (variable.kind == VariableKind::kJavaOptions) set_java(variable.name);
  }

  void set(std::string_view name, std::string value) {
    result_.exports.push_back({std::string(name), std::move(value)});
  }
  void write(std::string at, Bytes content) {
    result_.files.push_back({std::move(at), std::move(content)});
  }

  /// The file with `certificates` and what the variable names besides.
  std::string bundle(std::string_view name, CertificateBundle certificates,
                     const std::string& usual) {
    const auto earlier = given_.variable(name);
    if (!earlier || earlier->empty() || *earlier == usual) return usual;
    const auto content = given_.read(*earlier);
    if (!content || (!content->empty() && certificates.add(*content) == 0)) {
      result_.warnings.push_back(
          fmt::format("{}: {}", name,
                      content ? fmt::format("{} holds no certificate in PEM", *earlier)
                              : content.error().message));
      return usual;
    }
    const auto& usually = usual == common_path() ? common_ : own_;
    if (std::ranges::equal(certificates.certificates(), usually.certificates())) return usual;
    std::string own = path(fmt::format("ca-bundle-{}.pem", name));
    write(own, certificates.pem());
    return own;
  }

  /// Java takes one keystore, and its options are words of one string.
  void set_java(std::string_view name) {
    const std::string keystore = path("java.jks");
    const auto earlier = given_.variable(name).value_or("");
    if (keystore.find('"') != std::string::npos) return;
    const bool has_space = keystore.find_first_of(" \t") != std::string::npos;
    const auto* quote = has_space ? "\"" : "";
    const std::string options = fmt::format(
        "-Djavax.net.ssl.trustStore={0}{1}{0} -Djavax.net.ssl.trustStoreType=JKS "
        "-Djavax.net.ssl.trustStorePassword={2}",
        quote, keystore, kKeystorePassword);
    write(keystore, java_keystore(common_.certificates()));
    if (earlier.find(options) != std::string::npos) return set(name, earlier);
    if (earlier.find("javax.net.ssl.trustStore=") != std::string::npos) {
      result_.warnings.push_back(
          fmt::format("{}: it names a keystore already, and ours takes its place", name));
    }
    // The last one counts.
    set(name, earlier.empty() ? options : earlier + ' ' + options);
  }

  const ShellSurroundings& given_;
  CertificateBundle own_;
  CertificateBundle common_;
  ShellEnvironment result_;
};

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

std::string render_unsets(Shell shell, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += fmt::format("{} {}\n", shell == Shell::kFish ? "set -e" : "unset", name);
  return text;
}

ShellEnvironment shell_environment(const ShellSurroundings& surroundings) {
  return Arrangement(surroundings).apply();
}

std::vector<std::string> exported(const ShellSurroundings& surroundings) {
  std::vector<std::string> names;
  for (const Variable& variable : variables()) {
    const auto value = surroundings.variable(variable.name);
    if (is_about_certificates(variable.kind) && value &&
        value->find(surroundings.directory + '/') != std::string::npos)
      names.emplace_back(variable.name);
  }
  return names;
}

}  // namespace mitm::trust
