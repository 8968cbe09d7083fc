#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm::record {

/// "NAME=value" of this process, changed so that common programs use the proxy at `proxy_url` and
/// trust the certificates in `bundle`: see the description of COMMAND in the manual.
std::vector<std::string> child_environment(const std::string& proxy_url, const std::string& bundle);

/// A file in a directory of its own in the temporary directory; both vanish with it.
class TemporaryFile {
 public:
  static Result<TemporaryFile> create(const std::string& name, ByteView content);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TemporaryFile(std::string directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}

  std::string directory_, path_;
};

/// The wrapped command. It has the default signal dispositions and nothing blocked.
class Child {
 public:
  /// The exit statuses of a command that does not start: 127 not found, 126 otherwise.
  struct NotStarted {
    int status = 126;
    Error error;
  };
  /// Why `command` could not be started, as far as looking for it tells.
  static std::optional<NotStarted> check(const std::string& command);
  static std::expected<Child, NotStarted> start(const std::vector<std::string>& command,
                                                const std::vector<std::string>& environment);

  /// Its exit status as a shell would say it, once it has ended. Does not wait.
  std::optional<int> poll();
  void send(int signal) const;

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace mitm::record
