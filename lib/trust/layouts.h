#pragma once

#include <span>
#include <string_view>

/// Where the stores are. Paths of systems are below the root directory, those of users below their
/// home; '*' stands for any one name.
namespace mitm::trust {

struct SystemLayout {
  std::string_view name;
  std::string_view anchors;  ///< the directory of certificates that were added by hand
  std::string_view suffix;   ///< that their names must have
  std::string_view refresh;  ///< the command, words separated by spaces
  std::string_view after_removal;
  std::string_view bundle;
};
/// The first whose directory exists is the system's.
std::span<const SystemLayout> system_layouts();

struct NssPlace {
  std::string_view name;
  std::string_view path;  ///< of a database, or of a folder of profiles that each have one
  bool profiles;
};
std::span<const NssPlace> nss_places();
/// The databases that belong to the system.
std::span<const NssPlace> system_nss_places();

struct JavaPlace {
  std::string_view path;  ///< of a keystore
  bool of_user;           ///< below the home
};
std::span<const JavaPlace> java_places();

}  // namespace mitm::trust
