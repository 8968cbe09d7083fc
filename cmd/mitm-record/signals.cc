#include "cmd/mitm-record/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "lib/base/fd.h"
#include "lib/base/pending_signal.h"

namespace mitm::record {
namespace {

bool is_ignored(const Inherited& inherited, int signal) {
  return std::ranges::count(inherited.ignored, signal) > 0;
}

/// Other failures, for want of descriptors, say nothing of it.
bool has_no_terminal() {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  return !terminal.is_open() && errno == ENXIO;
}

}  // namespace

std::vector<int> watched_signals(const Inherited& inherited, bool has_command) {
  // Shells ignore SIGINT for what they start with &, which is no wish of anybody.
  std::vector<int> signals = {SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGCHLD};
  if (!has_command || !is_ignored(inherited, SIGHUP)) signals.push_back(SIGHUP);
  if (has_command) signals.insert(signals.end(), {SIGUSR2, SIGALRM, SIGWINCH});
  return signals;
}

bool is_for_command(int signal) {
  return signal == SIGUSR2 || signal == SIGALRM || signal == SIGWINCH;
}

bool reaches_command(const net::Signal& signal) {
  if (!signal.from_kernel || signal.number == SIGALRM) return false;
  return signal.number != SIGHUP || ::getsid(0) != ::getpid();
}

std::optional<int> interruption(const Inherited& inherited) {
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
    if (sigismember(&inherited.blocked, signal) == 1) continue;
    if (is_ignored(inherited, signal)) continue;
    if (const auto pending = pending_signal({signal})) return pending;
  }
  return std::nullopt;
}

Hangup::Hangup(const Inherited& inherited)
    : ignored_(is_ignored(inherited, SIGHUP)), had_terminal_(!has_no_terminal()) {}

/// A shell whose terminal goes away passes the news on with kill(2). It cannot be told from
/// somebody who types that, but by the terminal; where the end was to be ignored, opening files
/// again does no harm.
Hangup::Meaning Hangup::meaning(const net::Signal& signal) const {
  if (ignored_) return signal.from_kernel ? Meaning::kNothing : Meaning::kReopen;
  const bool is_gone = signal.from_kernel || (had_terminal_ && has_no_terminal());
  return is_gone ? Meaning::kEnd : Meaning::kReopen;
}

Insistence::Meaning Insistence::meaning(const net::Signal& signal, Clock::time_point now) {
  constexpr std::chrono::milliseconds kEcho{50};
  if (!first_) {
    first_ = signal;
    first_at_ = now;
    return Meaning::kEnd;
  }
  const bool is_echo = signal.number == first_->number && now - first_at_ < kEcho;
  return is_echo ? Meaning::kNothing : Meaning::kAbort;
}

}  // namespace mitm::record
