#include "cmd/mitm-record/child.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

namespace mitm::record {
namespace {

Child::NotStarted refusal(const std::string& command, int err) {
  return {err == ENOENT ? 127 : 126,
          {Code::kIo, fmt::format("run {}: {}", command, std::system_category().message(err))}};
}

int try_path(const std::string& path) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) return EACCES;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const auto& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// What the kernel is to do between fork and exec.
class SpawnOrders {
 public:
  explicit SpawnOrders(const Inherited& inherited) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (!std::ranges::count(inherited.ignored, signal)) sigaddset(&defaults, signal);
    }
    ::posix_spawnattr_setsigmask(&attributes_, &inherited.blocked);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    for (const int fd : inherited.closed) ::posix_spawn_file_actions_addclose(&actions_, fd);
  }
  SpawnOrders(const SpawnOrders&) = delete;
  SpawnOrders& operator=(const SpawnOrders&) = delete;
  ~SpawnOrders() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int spawn(pid_t& pid, const std::string& path, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment) {
    return ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, pointers_to(arguments).data(),
                         pointers_to(environment).data());
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

std::expected<std::string, Child::NotStarted> Child::find(const std::string& command) {
  if (command.find('/') != std::string::npos) {
    const int err = try_path(command);
    if (err == 0) return command;
    return std::unexpected(refusal(command, err));
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  int worst = ENOENT;
  while (true) {
    const auto directory = path.substr(0, path.find(':'));
    auto candidate = fmt::format("{}/{}", directory.empty() ? "." : directory, command);
    const int err = command.empty() ? ENOENT : try_path(candidate);
    if (err == 0) return candidate;
    if (err != ENOENT && err != ENOTDIR) worst = err;
    if (directory.size() == path.size()) return std::unexpected(refusal(command, worst));
    path.remove_prefix(directory.size() + 1);
  }
}

std::expected<Child, Child::NotStarted> Child::start(const std::vector<std::string>& command,
                                                     const std::vector<std::string>& environment,
                                                     const Inherited& inherited) {
  const auto path = find(command.front());
  if (!path) return std::unexpected(path.error());
  SpawnOrders orders(inherited);
  const LimitForChildren limit(inherited.descriptors.value_or(descriptor_limit()));
  pid_t pid = 0;
  int err = orders.spawn(pid, *path, command, environment);
  if (err == ENOEXEC) {
    // A script without #!, which shells and execvp run so.
    std::vector<std::string> script = {"/bin/sh", *path};
    script.insert(script.end(), command.begin() + 1, command.end());
    err = orders.spawn(pid, script.front(), script, environment);
  }
  if (err == 0) return Child(pid);
  return std::unexpected(refusal(command.front(), err));
}

std::optional<int> Child::poll() {
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno != ECHILD)) return std::nullopt;
  if (ended < 0) return 0;  // somebody else has waited for it
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::send(int signal) const { ::kill(pid_, signal); }

int Child::end(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kBetweenLooks{10};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  send(SIGTERM);
  while (true) {
    if (const auto status = poll()) return *status;
    if (std::chrono::steady_clock::now() >= deadline) send(SIGKILL);
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace mitm::record
