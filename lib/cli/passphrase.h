#pragma once

#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/cli/parse.h"

namespace mitm::cli {

/// Where a passphrase may come from. The file (its first line) wins over the environment variable,
/// and when neither is given the person at the terminal is asked.
class PassphraseSource {
 public:
  /// `option` names the flag whose value is the file, without dashes.
  PassphraseSource(const ParsedOptions& options, const char* option, const char* variable);

  [[nodiscard]] bool is_given() const { return file_.has_value() || !environment_.empty(); }

  enum class Twice : std::uint8_t { kNo, kYes };
  /// `what` says what it is for ("/h/ca.key"). Asks on the terminal that controls the process,
  /// whatever stdin is; twice for a new one. An empty passphrase is kUsage, no terminal too, and an
  /// interrupt kCancelled.
  [[nodiscard]] Result<std::string> read(const std::string& what, Twice twice = Twice::kNo) const;

 private:
  std::string option_;
  std::string variable_;
  std::optional<std::string> file_;
  std::string environment_;
};

}  // namespace mitm::cli
