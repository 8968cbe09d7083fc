#include "lib/base/spawn.h"

#include <unistd.h>

namespace mitm {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const auto& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

SpawnOrders::SpawnOrders() {
  ::posix_spawnattr_init(&attributes_);
  ::posix_spawn_file_actions_init(&actions_);
  ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  block(signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGXFSZ);
  reset(signals);
}

SpawnOrders::~SpawnOrders() {
  ::posix_spawn_file_actions_destroy(&actions_);
  ::posix_spawnattr_destroy(&attributes_);
}

void SpawnOrders::block(const sigset_t& signals) {
  ::posix_spawnattr_setsigmask(&attributes_, &signals);
}

void SpawnOrders::reset(const sigset_t& signals) {
  ::posix_spawnattr_setsigdefault(&attributes_, &signals);
}

void SpawnOrders::lead_group() {
  ::posix_spawnattr_setpgroup(&attributes_, 0);
  ::posix_spawnattr_setflags(
      &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

void SpawnOrders::dup(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }

void SpawnOrders::open(int fd, const std::string& path, int flags) {
  ::posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0);
}

void SpawnOrders::close(int fd) { ::posix_spawn_file_actions_addclose(&actions_, fd); }

std::expected<pid_t, int> SpawnOrders::spawn(const std::string& path,
                                             const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& environment) const {
  return spawn(path, arguments, pointers_to(environment).data());
}

std::expected<pid_t, int> SpawnOrders::spawn(const std::string& path,
                                             const std::vector<std::string>& arguments) const {
  return spawn(path, arguments, environ);
}

std::expected<pid_t, int> SpawnOrders::spawn(const std::string& path,
                                             const std::vector<std::string>& arguments,
                                             char* const* environment) const {
  pid_t pid = 0;
  const int err = ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_,
                                pointers_to(arguments).data(), environment);
  if (err != 0) return std::unexpected(err);
  return pid;
}

}  // namespace mitm
