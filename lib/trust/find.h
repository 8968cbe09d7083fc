#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/trust/store.h"

namespace mitm::trust {

/// Where to look for stores.
struct Machine {
  std::filesystem::path root = "/";  ///< another one: an image or chroot, whose users do not count
  std::filesystem::path home = {};   ///< the user's; empty: none
  std::filesystem::path java_home = {};     ///< $JAVA_HOME; may be empty
  std::filesystem::path java_program = {};  ///< `java` on $PATH; may be empty
  std::filesystem::path config_home = {};   ///< $XDG_CONFIG_HOME; may be empty
  std::filesystem::path data_home = {};     ///< $XDG_DATA_HOME; may be empty
};

/// This process's machine and user.
Machine this_machine();

/// The stores that are there, each once, however many names lead to it. Of systems at most one.
std::vector<Store> find_stores(const Machine& machine);

/// The paths that `pattern` below `base` stands for: one for each directory that fits a '*'.
/// Sorted; they exist, links are resolved, and none leads out of `root`.
std::vector<std::filesystem::path> expand(const std::filesystem::path& root,
                                          const std::filesystem::path& base,
                                          std::string_view pattern);

/// The folders that a profiles.ini of Firefox names, absolute or below `folder`.
std::vector<std::filesystem::path> profiles_in(const std::filesystem::path& folder,
                                               std::string_view ini);

}  // namespace mitm::trust
