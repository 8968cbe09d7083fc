#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mitm::trust {

/// What a variable of COMMAND's environment is given.
enum class VariableKind : std::uint8_t {
  kProxy,        ///< the proxy's URL
  kRemoved,      ///< nothing: it names hosts for which the proxy is not used
  kReplaces,     ///< a file of certificates that are trusted instead of the system's
  kAdds,         ///< one of certificates that are trusted besides those that a program brings
  kSwitch,       ///< "1"
  kWgetrc,       ///< wget's configuration
  kWget2rc,      ///< wget2's
  kAptConfig,    ///< apt's
  kJavaOptions,  ///< options of every Java virtual machine
};

struct Variable {
  std::string_view name;
  VariableKind kind;
  /// What its programs obey where it is not set, the first first.
  std::array<std::string_view, 2> else_obeyed = {};
};

/// Every variable that is changed for COMMAND. The manual lists them from here.
std::span<const Variable> variables();

/// Whether those who obey `variable` take `value` as it stands: npm replaces ${NAME} in it.
bool is_taken_literally(const Variable& variable, std::string_view value);

/// The names of those of this kind, "A, B and C".
std::string names_of(VariableKind kind);

}  // namespace mitm::trust
