#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

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
std::string render_unsets(Shell shell, const std::vector<std::string>& names);

/// What is known of the shell and the machine.
struct ShellSurroundings {
  std::function<std::optional<std::string>(std::string_view)> variable;
  std::function<Result<Bytes>(const std::string& path)> read;
  std::string directory;  ///< where the files are to be
  Bytes ca_pem;           ///< what is to be trusted, one certificate or several
  Bytes system_pem;       ///< what the system trusts
};

struct ShellEnvironment {
  struct File {
    std::string path;
    Bytes content;
  };
  std::vector<Export> exports;
  std::vector<File> files;  ///< that the variables name
  std::vector<std::string> warnings;
};

/// Of the table of variables.h those that are about certificates. What a variable names already
/// stays trusted: by its program alone, in a bundle of its own. Done twice it comes to the same.
ShellEnvironment shell_environment(const ShellSurroundings& surroundings);

/// The variables whose values name a file of ours.
std::vector<std::string> exported(const ShellSurroundings& surroundings);

}  // namespace mitm::trust
