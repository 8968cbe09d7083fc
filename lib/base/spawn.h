#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <csignal>
#include <expected>
#include <string>
#include <vector>

namespace mitm {

/// How a process is to be started: what happens between fork and exec. Unless told otherwise it
/// blocks no signal, whatever our thread blocks, does not ignore those that our programs ignore for
/// themselves (SIGPIPE, SIGXFSZ), and is in our process group with our descriptors, but for those
/// that are closed on exec. One thread.
class SpawnOrders {
 public:
  SpawnOrders();
  SpawnOrders(const SpawnOrders&) = delete;
  SpawnOrders& operator=(const SpawnOrders&) = delete;
  ~SpawnOrders();

  /// It blocks these, in place of none.
  void block(const sigset_t& signals);
  /// These have their default action, in place of SIGPIPE and SIGXFSZ. Of the others it ignores
  /// those that we do.
  void reset(const sigset_t& signals);
  /// It becomes a process group of its own.
  void lead_group();

  /// In the order of the calls: its descriptor `to` is our `from`, or that of an earlier call.
  void dup(int from, int to);
  void open(int fd, const std::string& path, int flags);
  void close(int fd);

  /// Starts the program at `path`. `arguments` begin with its name; `environment` holds NAME=VALUE.
  /// Fails with an errno.
  [[nodiscard]] std::expected<pid_t, int> spawn(const std::string& path,
                                                const std::vector<std::string>& arguments,
                                                const std::vector<std::string>& environment) const;
  /// The same in our environment.
  [[nodiscard]] std::expected<pid_t, int> spawn(const std::string& path,
                                                const std::vector<std::string>& arguments) const;

 private:
  [[nodiscard]] std::expected<pid_t, int> spawn(const std::string& path,
                                                const std::vector<std::string>& arguments,
                                                char* const* environment) const;

  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

}  // namespace mitm
