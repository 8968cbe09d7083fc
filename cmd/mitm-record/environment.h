#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitm::record {

/// "NAME=value" entries as a process gets them: order and entries of no such form are kept.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::vector<std::string> entries) : entries_(std::move(entries)) {}
  static Environment of_this_process();

  /// An empty value counts as none: that is how variables are switched off for one command.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

}  // namespace mitm::record
