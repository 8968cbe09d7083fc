#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/gap.h"
#include "cmd/mitm-record/record_keeper.h"
#include "lib/proxy/counters.h"

namespace mitm::record {

/// What the ledger tells, on the recorder's thread.
struct LedgerEvents {
  std::function<void(const Error&)> on_error;               ///< from now on nothing can be recorded
  std::function<void(const flow::CaptureGap&)> on_resumed;  ///< now it can, but this is missing
  std::function<void(const Result<std::string>&)> on_reopened;  ///< where it goes on, or why not
  /// Somebody truncated the file, which is begun anew; this never got into it.
  std::function<void(const std::string& path, const flow::CaptureGap&)> on_truncated;
  std::function<void()> on_enough;  ///< what was asked for is recorded; may come twice
};

struct LedgerOptions {
  /// After so many recorded flows on_enough is called and, with `leave_out_the_rest`, flows that
  /// begin later are left out. Those that have begun are recorded to their end.
  std::optional<std::uint64_t> count;
  bool leave_out_the_rest = false;
  DiskFull disk_full = DiskFull::kStop;
  std::chrono::milliseconds retry_interval{1000};  ///< with kPass
};

/// Stands between the recorder and what it writes or prints to, and counts what became of each
/// flow: recorded, left out or lost. A record that the archive cannot hold is replaced by a capture
/// gap. Any other failure ends the recording: with kStop until a last attempt at the end, with
/// kPass until records come that can be written again, after a gap that tells what is missing.
/// Recorder thread only.
class Ledger final : public flow::RecordConsumer {
 public:
  /// `inner` may be null: then flows are counted and nothing else.
  Ledger(std::unique_ptr<RecordKeeper> inner, proxy::Counters& counters, LedgerEvents events,
         LedgerOptions options);

  /// The recording is to go on in another file: see RecordKeeper::reopen(). It happens with the
  /// next call of idle(), or when it can be written again. Any thread.
  void ask_to_reopen() { reopen_asked_ = true; }
  /// From now on it is as if there were as many flows as were asked for.
  void declare_enough();

  /// To be called by `inner`, of whose records the `lost` that follow the kept() ones are lost
  /// because somebody truncated `path`. Returns what has to be written in their place.
  std::vector<flow::Record> lose(const std::string& path, std::uint64_t lost);

  Status consume(const flow::Record& record) override;
  Status idle() override;
  void set_backlog(double fullness) override;
  /// Fails with the first failure when anything is missing because of one.
  Status finish(const flow::Totals& totals) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Recorded {
    std::uint64_t number;  ///< of the record, among those consumed by `inner_`
    flow::FlowEnd end;
  };

  [[nodiscard]] bool is_left_out(const flow::Record& record);
  bool write(const flow::Record& record);
  void write_gap(const flow::Record& record, const Error& refusal);
  void note_consumed(const flow::Record& record);
  void count(const flow::FlowEnd& end);
  void settle(const Status& status);
  void reopen();
  void resume_when_due();
  void resume();
  void forget_kept();

  std::unique_ptr<RecordKeeper> inner_;
  proxy::Counters& counters_;
  LedgerEvents events_;
  LedgerOptions options_;
  std::atomic<bool> reopen_asked_ = false;
  bool declared_enough_ = false;
  std::unordered_set<flow::ConnectionId> connections_;  // that are open and recorded
  std::unordered_set<flow::FlowId> flows_;              // that have begun and are recorded
  std::uint64_t consumed_ = 0;
  std::deque<Recorded> uncertain_;   // counted, but not yet known to be kept
  std::deque<Gap::Written> unkept_;  // the last of those consumed: not yet known to be kept
  std::optional<Error> failure_;     // that keeps us from recording now
  std::optional<Error> first_failure_;
  Clock::time_point last_try_;
  Time latest_;  // of a record
  Gap gap_;
  bool lost_any_ = false;
};

}  // namespace mitm::record
