#include "lib/archive/follow_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace mitm::archive {
namespace {

bool is_regular(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

FollowWatch::FollowWatch() : notify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

void FollowWatch::add(int fd) {
  Watched watched{.fd = fd, .watch = -1, .polled = !is_regular(fd)};
  if (!watched.polled && notify_.is_open()) {
    // By what is open, not by its name, which may have gone to another file.
    watched.watch = ::inotify_add_watch(notify_.get(), fmt::format("/proc/self/fd/{}", fd).c_str(),
                                        IN_MODIFY | IN_CLOSE_WRITE);
  }
  watched_.push_back(watched);
}

void FollowWatch::remove(int fd) {
  const auto found = std::ranges::find(watched_, fd, &Watched::fd);
  if (found == watched_.end()) return;
  const int watch = found->watch;
  watched_.erase(found);
  // The same file, opened twice, has one watch.
  const bool shared = std::ranges::find(watched_, watch, &Watched::watch) != watched_.end();
  if (watch >= 0 && !shared) ::inotify_rm_watch(notify_.get(), watch);
}

void FollowWatch::wait(std::chrono::milliseconds at_most) const {
  std::vector<pollfd> waiting;
  if (notify_.is_open()) waiting.push_back({.fd = notify_.get(), .events = POLLIN, .revents = 0});
  for (const Watched& watched : watched_) {
    if (watched.polled) waiting.push_back({.fd = watched.fd, .events = POLLIN, .revents = 0});
  }
  ::poll(waiting.data(), waiting.size(), static_cast<int>(at_most.count()));
  // That something happened is all that is of interest.
  std::array<char, 4096> events{};
  while (notify_.is_open() && ::read(notify_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace mitm::archive
