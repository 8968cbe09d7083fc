#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "cmd/mitm-record/inherited.h"
#include "lib/net/signal_watch.h"

/// What the signals that we get mean.
namespace mitm::record {

/// The exit status of what a signal ended is this plus its number.
inline constexpr int kExitSignal = 128;

/// Those to watch. nohup(1) stays in force for a command: a SIGHUP that was ignored is not watched.
std::vector<int> watched_signals(const Inherited& inherited, bool has_command);

/// They mean nothing to us, but would end us and leave the command without its proxy.
bool is_for_command(int signal);

/// Whether a command that runs gets the signal without us. The terminal gives its signals to every
/// process of the foreground group, the command included; only the news that it is gone goes to the
/// leader of the session alone, and alarm(2), which outlives exec(2), is for one process.
bool reaches_command(const net::Signal& signal);

/// A signal that came while there was no command that it could have ended. One that the command
/// would not have noticed does not count.
std::optional<int> interruption(const Inherited& inherited);

/// Tells a SIGHUP because the terminal went away from one that somebody sent.
class Hangup {
 public:
  enum class Meaning : std::uint8_t {
    kReopen,   ///< somebody wants files to be opened again
    kEnd,      ///< the terminal is gone
    kNothing,  ///< it is gone, and that was to be ignored
  };

  /// When the process has the terminal that it was started in.
  explicit Hangup(const Inherited& inherited);
  [[nodiscard]] Meaning meaning(const net::Signal& signal) const;

 private:
  bool ignored_;
  bool had_terminal_;
};

/// Tells the first signal that is to end us from a second one.
class Insistence {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Meaning : std::uint8_t {
    kEnd,      ///< in good order
    kNothing,  ///< the first one again: timeout(1) sends it to us and to our process group
    kAbort,    ///< at once
  };

  Meaning meaning(const net::Signal& signal, Clock::time_point now);

 private:
  std::optional<net::Signal> first_;
  Clock::time_point first_at_;
};

}  // namespace mitm::record
