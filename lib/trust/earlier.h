#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What variables said before `env` changed them. A shell keeps it in a variable of its own, so
/// that `env --unset` can put it back, for each of several homes.
namespace mitm::trust {

/// Where it is kept.
inline constexpr std::string_view kEarlierVariable = "MITMKIT_ENV_BEFORE";

class Earlier {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;  ///< of those that were set

  /// From the text of a shell's variable; what is not understood is passed over.
  static Earlier parse(std::string_view text);
  /// One that holds nothing is empty.
  [[nodiscard]] std::string text() const;

  /// What is to be put back for the files in `directory`, and may be changed: a new layer unless
  /// the last one is that of `directory`.
  Values& open(const std::string& directory);
  /// Takes the last layer of `directory` away. Later ones that would put a value of it back get
  /// what it would have put back: `is_of` tells such values.
  std::optional<Values> close(const std::string& directory,
                              const std::function<bool(std::string_view value)>& is_of);

 private:
  struct Layer {
    std::string directory;
    Values values;
  };

  std::vector<Layer> layers_;  ///< in the order in which the shell was told
};

}  // namespace mitm::trust
