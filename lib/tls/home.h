#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace mitm::tls {

/// The environment variables that decide where CA and caches live; unset ones are empty.
struct HomeEnvironment {
  std::string mitmkit_home;   ///< MITMKIT_HOME
  std::string xdg_data_home;  ///< XDG_DATA_HOME, ignored unless absolute, as its specification asks
  std::string home;           ///< HOME
};

/// `option` (--home) if not empty, else $MITMKIT_HOME, else $XDG_DATA_HOME/mitmkit, else
/// ~/.local/share/mitmkit. The directory need not exist.
Result<std::filesystem::path> home_directory(std::string_view option,
                                             const HomeEnvironment& environment);

/// The same with this process's environment. Without $HOME the user's entry in passwd counts.
Result<std::filesystem::path> home_directory(std::string_view option = {});

/// The command line that runs "mitm-ca WORDS" for the CA in `home`, to be pasted into a shell.
std::string ca_command(const std::filesystem::path& home, std::string_view words);

}  // namespace mitm::tls
