#pragma once

#include <chrono>
#include <vector>

#include "lib/base/fd.h"

namespace mitm::archive {

/// Waits until one of several files that are being written has grown, or a pipe has something to
/// read. One thread.
class FollowWatch {
 public:
  /// Where the system has no notifications to give, waits end by time alone.
  FollowWatch();

  /// From now on what happens to this descriptor, which stays the caller's, ends waits. To be
  /// called before the descriptor is read, so that nothing is missed in between.
  void add(int fd);
  void remove(int fd);

  /// Returns as soon as there may be more to read, a signal came or `at_most` is over.
  /// Notifications tell neither of what another machine wrote nor of a lock that was given up: ask
  /// again in any case.
  void wait(std::chrono::milliseconds at_most) const;

 private:
  struct Watched {
    int fd = -1;
    int watch = -1;  // of notify_; -1: none, for what is polled
    bool polled = false;
  };

  Fd notify_;
  std::vector<Watched> watched_;
};

}  // namespace mitm::archive
