#pragma once

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/signals.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"
#include "lib/net/loop.h"
#include "lib/net/signal_watch.h"

namespace mitm::record {

/// How a run ends: no new connections, time for the running flows, the recording is closed, and
/// then the loop stops, once the command is over as well. Meanwhile the loop listens to signals,
/// and a second one ends everything at once. The loop's thread only; its destructor waits until the
/// recording is closed.
class Ending {
 public:
  /// What ends. All but close() are called on the loop's thread.
  struct Subject {
    std::function<void(std::chrono::milliseconds patience)> drain;  ///< may come twice
    /// Waits until everything has drained. Failures have been reported when it returns. On a thread
    /// of its own.
    std::function<Status()> close;
    std::function<Status()> key_log_status;  ///< once all is closed
    std::function<bool()> command_runs;
    std::function<void()> drop_command;  ///< its files: before we abort
  };

  /// `loop`, `config` and `diagnostics` must outlive it, and what `subject` refers to.
  Ending(net::Loop& loop, const Config& config, const cli::Diagnostics& diagnostics,
         Subject subject)
      : loop_(loop), config_(config), diagnostics_(diagnostics), subject_(std::move(subject)) {}

  /// Once is enough.
  void begin();
  /// Somebody wants us to end. When that has begun without them, running flows get no more time.
  void on_signal(const net::Signal& signal);
  void on_command_ended();

  [[nodiscard]] bool has_begun() const { return begun_; }
  /// Whether something is missing because of a failure, once the loop has stopped. That a reader
  /// went away is none.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  [[noreturn]] void abort(const net::Signal& signal);
  void on_closed(const Status& closed);
  void leave_when_done();

  net::Loop& loop_;
  const Config& config_;
  const cli::Diagnostics& diagnostics_;
  Subject subject_;
  Insistence insistence_;
  bool begun_ = false;
  bool closed_ = false;
  bool failed_ = false;
  std::jthread closer_;  ///< closes the recording while the loop still listens to signals
};

}  // namespace mitm::record
