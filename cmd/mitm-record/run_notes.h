#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/refusal_notes.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"
#include "lib/flow/record.h"
#include "lib/proxy/counters.h"
#include "lib/proxy/pin_memory.h"

namespace mitm::record {

/// What goes on when nothing can be recorded.
enum class GoesOn : std::uint8_t {
  kNothing,
  kCommand,  ///< it cannot do without its proxy
  kTraffic,  ///< and the recording when it can: what --on-disk-full asked for
};

/// What people are told of a run, as far as they want to hear it. One thread, but for what says
/// otherwise.
class RunNotes {
 public:
  /// Both must outlive it.
  RunNotes(const Config& config, const cli::Diagnostics& diagnostics)
      : config_(config),
        diagnostics_(diagnostics),
        refusals_(diagnostics, config.proxy.pin_memory) {}

  /// Where each of the ways in listens, in their order.
  void listening(const std::vector<flow::Endpoint>& addresses) const;
  /// From now on nothing can be recorded; kCancelled: whoever read the recording went away.
  void recording_failed(Error error, GoesOn goes_on) const;
  void resumed(const flow::CaptureGap& missing) const;
  /// Where the recording goes on, or why the file could not be opened again. Any thread.
  void reopened(const Result<std::string>& path) const;
  /// Somebody truncated `path`, and this never got into it. Any thread.
  void truncated(const std::string& path, const flow::CaptureGap& missing) const;
  /// A connection that could not be taken. Once for each kind: a wrong rule makes many.
  void not_taken(const flow::FlowError& error, const std::string& hint);
  /// A client refused our certificate.
  void refused(const proxy::TlsClient& client);

  /// Whether anybody wanted to hear them or not.
  void totals(const proxy::Counters& counters) const;
  /// At the end. `pinned`: who was passed through because of what it refused.
  void sum_up(const proxy::Counters& counters, const std::vector<proxy::TlsClient>& pinned) const;

 private:
  const Config& config_;
  const cli::Diagnostics& diagnostics_;
  RefusalNotes refusals_;
  std::set<std::string> told_;  ///< kinds of errors that not_taken() has told
};

}  // namespace mitm::record
