#pragma once

#include <sys/types.h>

#include <functional>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/fd.h"

namespace mitm::record {

/// A process that does one thing later, as who we are now. Ends with this object, whether it was
/// asked or not.
class Deputy {
 public:
  /// Before there are other threads.
  static Result<Deputy> appoint(const std::function<Status()>& deed);
  Deputy(Deputy&& other) noexcept
      : line_(std::move(other.line_)), pid_(std::exchange(other.pid_, 0)) {}
  Deputy& operator=(Deputy&&) = delete;
  ~Deputy();

  /// Once: has it done, and returns what came of it.
  Status act();

 private:
  Deputy(Fd line, pid_t pid) : line_(std::move(line)), pid_(pid) {}

  Fd line_;  ///< a word to it, and the message of its error back
  pid_t pid_ = 0;
};

}  // namespace mitm::record
