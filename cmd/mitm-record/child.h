#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "cmd/mitm-record/inherited.h"
#include "lib/base/error.h"

namespace mitm::record {

/// A process that runs a command, with the signals, descriptors, their limit and the directory that
/// we were given.
class Child {
 public:
  /// The exit statuses of a command that does not start: 127 not found, 126 otherwise.
  struct NotStarted {
    int status = 126;
    Error error;
  };
  /// Where `command` is, looked for in $PATH when it has no slash.
  static std::expected<std::string, NotStarted> find(const std::string& command);
  /// Meanwhile no other thread should open a descriptor.
  static std::expected<Child, NotStarted> start(const std::vector<std::string>& command,
                                                const std::vector<std::string>& environment,
                                                const Inherited& inherited);

  /// Its exit status as a shell would say it, once it has ended. Does not wait.
  std::optional<int> poll();
  void send(int signal) const;
  /// Ends it: asks it with SIGTERM and, after `patience`, does not ask. Returns its exit status.
  int end(std::chrono::milliseconds patience);

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace mitm::record
