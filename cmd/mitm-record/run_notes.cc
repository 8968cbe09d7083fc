#include "cmd/mitm-record/run_notes.h"

#include <fmt/format.h>

#include <utility>

namespace mitm::record {
namespace {

const char* hint_for(GoesOn goes_on) {
  switch (goes_on) {
    case GoesOn::kNothing:
      return "the recording ends; what was recorded before is readable";
    case GoesOn::kCommand:
      return "COMMAND goes on unrecorded; what was recorded before is readable";
    case GoesOn::kTraffic:
      break;
  }
  return "traffic goes on; what cannot be recorded is counted, and recording goes on when it can";
}

}  // namespace

void RunNotes::listening(const std::vector<flow::Endpoint>& addresses) const {
  if (config_.quiet) return;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    diagnostics_.note(
        fmt::format("listening on {} ({})", to_string(addresses[i]), config_.ways_in[i].mode));
  }
}

void RunNotes::recording_failed(Error error, GoesOn goes_on) const {
  if (error.code == Code::kCancelled) {
    if (config_.output.path && !config_.quiet) diagnostics_.note(error.message);
    return;
  }
  error.hint = hint_for(goes_on);
  diagnostics_.error(error);
}

void RunNotes::resumed(const flow::CaptureGap& missing) const {
  diagnostics_.warning(
      fmt::format("the recording can be written again; {} records ({} bytes) are missing",
                  missing.records, missing.bytes));
}

void RunNotes::reopened(const Result<std::string>& path) const {
  if (!path && path.error().code != Code::kUnsupported) {
    Error error = path.error();
    error.hint = "the recording goes on in the file that it is in";
    return diagnostics_.error(error);
  }
  if (config_.quiet) return;
  diagnostics_.note(path ? fmt::format("the recording goes on in {}", *path)
                         : fmt::format("SIGHUP: {}", path.error().message));
}

void RunNotes::truncated(const std::string& path, const flow::CaptureGap& missing) const {
  auto text = fmt::format(
      "{} was truncated while it was written, and is begun anew: what it held is lost", path);
  if (missing.records > 0) {
    text += fmt::format(", and {} records ({} bytes) that were on their way to it", missing.records,
                        missing.bytes);
  }
  diagnostics_.warning(text);
  diagnostics_.hint("let it be moved away before SIGHUP, without logrotate's copytruncate");
}

void RunNotes::not_taken(const flow::FlowError& error, const std::string& hint) {
  if (!told_.insert(error.kind).second) return;
  diagnostics_.warning(error.message);
  diagnostics_.hint(hint);
}

void RunNotes::refused(const proxy::TlsClient& client) {
  if (!config_.quiet) refusals_.tell(client);
}

void RunNotes::totals(const proxy::Counters& counters) const {
  const auto totals = counters.totals();
  auto text = fmt::format(
      "{} flows recorded, {} filtered out, {} passed through, {} failed before a request",
      totals.recorded, totals.filtered, totals.passed, totals.failed);
  if (totals.lost > 0) text += fmt::format(", {} lost", totals.lost);
  text += fmt::format("; {} seen", totals.seen);
  if (totals.hurried_frames > 0)
    text += fmt::format("; {} frames compressed less to keep up", totals.hurried_frames);
  diagnostics_.note(text);
  if (const auto outside = counters.turned_away(); outside > 0) {
    diagnostics_.note(
        outside == 1
            ? "1 connection from outside of --allow was turned away"
            : fmt::format("{} connections from outside of --allow were turned away", outside));
  }
}

void RunNotes::sum_up(const proxy::Counters& counters,
                      const std::vector<proxy::TlsClient>& pinned) const {
  if (config_.quiet) return;
  totals(counters);
  refusals_.sum_up(pinned);
  if (config_.command.empty() || counters.any_connection()) return;
  diagnostics_.hint(
      fmt::format("{} did not use the proxy; not every program obeys http_proxy and https_proxy",
                  config_.command.front()));
}

}  // namespace mitm::record
