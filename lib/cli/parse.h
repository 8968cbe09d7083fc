#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/flag.h"

namespace mitm::cli {

/// What was typed, by long name. Nothing is resolved or opened yet. Asking for a name that is not
/// in the table that was parsed is a mistake of the program.
class ParsedOptions {
 public:
  [[nodiscard]] bool has(std::string_view name) const { return count(name) > 0; }
  /// How often it was given: 3 for -vvv.
  [[nodiscard]] unsigned count(std::string_view name) const;
  /// The last value, which wins.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  [[nodiscard]] std::string value_or(std::string_view name, std::string fallback) const;
  /// All values in the order in which they were given; never split at commas.
  [[nodiscard]] const std::vector<std::string>& values(std::string_view name) const;

  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }
  /// What followed `--`, for a program whose table has a command; empty when there was no `--`.
  [[nodiscard]] const std::vector<std::string>& command() const { return command_; }
  /// The name of the subcommand; empty for a program that has none.
  [[nodiscard]] const std::string& subcommand() const { return subcommand_; }

 private:
  friend class OptionsBuilder;

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positionals_;
  std::vector<std::string> command_;
  std::string subcommand_;
};

/// Parses `arguments` (argv without its first element). Options may stand anywhere before the first
/// `--`; long ones cannot be abbreviated. Failures are kUsage, with the likely meaning of a
/// misspelled name as the hint. With --help or --version the number of positionals is not checked.
Result<ParsedOptions> parse(const Program& program, std::span<const std::string> arguments);

}  // namespace mitm::cli
