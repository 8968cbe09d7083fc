#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/trust/bundles.h"

/// Variables by which programs that run in a shell trust a CA without any change to the system.
namespace mitm::trust {

enum class Shell : std::uint8_t { kPosix, kFish };

/// "bash", "zsh", "sh", "dash", "ksh" or "fish", also with a path before it; nullopt: another.
std::optional<Shell> parse_shell(std::string_view name);

struct Export {
  std::string name;
  std::string value;
  bool operator==(const Export&) const = default;
};

/// Lines for the shell to evaluate.
std::string render_exports(Shell shell, const std::vector<Export>& exports);

struct ShellEnvironment {
  std::vector<Export> exports;
  std::vector<BundleFile> files;  ///< that the variables name
  std::vector<std::string> warnings;
};

/// Of the table of variables.h those that are about certificates. Done twice it comes to the same.
ShellEnvironment shell_environment(const BundlesGiven& given);

/// The lines that take it back: variables that name our files get what they said before, or go.
/// Others are left alone.
std::string render_undoing(Shell shell, const BundlesGiven& given);

}  // namespace mitm::trust
