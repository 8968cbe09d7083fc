#include "cmd/mitm-record/child.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include "lib/base/find_program.h"
#include "lib/base/spawn.h"

namespace mitm::record {
namespace {

Child::NotStarted refusal(const std::string& command, int err) {
  return {err == ENOENT ? 127 : 126,
          {Code::kIo, fmt::format("run {}: {}", command, std::system_category().message(err))}};
}

/// A command starts as if by whoever started us.
void give_what_was(const Inherited& inherited, SpawnOrders& orders) {
  sigset_t defaults;
  sigemptyset(&defaults);
  // We ignore them for ourselves.
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    if (!std::ranges::count(inherited.ignored, signal)) sigaddset(&defaults, signal);
  }
  orders.block(inherited.blocked);
  orders.reset(defaults);
  for (const int fd : inherited.closed) orders.close(fd);
}

}  // namespace

std::expected<std::string, Child::NotStarted> Child::find(const std::string& command) {
  auto path = find_program(command);
  if (!path) return std::unexpected(refusal(command, path.error()));
  return *std::move(path);
}

std::expected<Child, Child::NotStarted> Child::start(const std::vector<std::string>& command,
                                                     const std::vector<std::string>& environment,
                                                     const Inherited& inherited) {
  const auto path = find(command.front());
  if (!path) return std::unexpected(path.error());
  SpawnOrders orders;
  give_what_was(inherited, orders);
  const LimitForChildren limit(inherited.descriptors.value_or(descriptor_limit()));
  auto pid = orders.spawn(*path, command, environment);
  if (!pid && pid.error() == ENOEXEC) {
    // A script without #!, which shells and execvp run so.
    std::vector<std::string> script = {"/bin/sh", *path};
    script.insert(script.end(), command.begin() + 1, command.end());
    pid = orders.spawn(script.front(), script, environment);
  }
  if (!pid) return std::unexpected(refusal(command.front(), pid.error()));
  return Child(*pid);
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
