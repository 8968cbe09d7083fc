#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/mitm-record/child.h"
#include "cmd/mitm-record/environment.h"
#include "cmd/mitm-record/inherited.h"
#include "cmd/mitm-record/privileges.h"
#include "lib/base/bytes.h"
#include "lib/base/temporary_directory.h"
#include "lib/cli/diagnostics.h"
#include "lib/flow/facts.h"

namespace mitm::record {

/// COMMAND with the files that it is given: prepare(), arrange(), start(), poll() whenever a child
/// may have ended. The files vanish with it, so it must outlive whatever COMMAND has left running.
class Command {
 public:
  /// Whatever can be found wrong before anything else is opened: a misspelled command must not cost
  /// a recording. `words` is not empty.
  static std::expected<std::unique_ptr<Command>, Child::NotStarted> prepare(
      const std::vector<std::string>& words, const Inherited& inherited);

  /// It will run as the user: its files are theirs. Before arrange().
  Status give_to(const User& user);
  /// Its environment and files.
  Status arrange(const flow::Endpoint& proxy, ByteView ca_pem, const cli::Diagnostics& diagnostics);
  std::expected<void, Child::NotStarted> start();

  /// Looks whether it has ended.
  void poll();
  void send(int signal) const;
  /// Ends it if it runs, and waits for that: see Child::end().
  void end(std::chrono::milliseconds patience);

  [[nodiscard]] bool is_running() const { return child_ && !status_; }
  /// What a shell would say, once it has ended.
  [[nodiscard]] std::optional<int> status() const { return status_; }

 private:
  Command(std::vector<std::string> words, Inherited inherited, TemporaryDirectory directory)
      : words_(std::move(words)),
        inherited_(std::move(inherited)),
        directory_(std::move(directory)) {}

  std::vector<std::string> words_;
  Inherited inherited_;
  TemporaryDirectory directory_;
  std::optional<User> user_;
  Environment environment_;
  std::optional<Child> child_;
  std::optional<int> status_;
};

}  // namespace mitm::record
