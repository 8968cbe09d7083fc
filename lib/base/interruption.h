#pragma once

#include <csignal>

namespace mitm {

/// Takes the first SIGINT, SIGTERM or SIGHUP as a wish to end in good order, for programs without
/// an event loop; a second one ends the program at once. A SIGHUP that was ignored (nohup) stays
/// so. System calls that wait return early (EINTR). One object at a time; its end restores what
/// was.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] bool requested() const;

 private:
  struct sigaction before_[3];
};

}  // namespace mitm
