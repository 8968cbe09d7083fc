#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

#include "lib/flow/recorder.h"
#include "lib/proxy/counters.h"

namespace mitm::record {

/// What the ledger tells, on the recorder's thread.
struct LedgerEvents {
  std::function<void(const Error&)> on_error;  ///< nothing more can be recorded; once
  std::function<void()> on_enough;             ///< what was asked for is recorded; may come twice
};

/// Stands between the recorder and what it writes or prints to, and counts what became of each
/// flow: recorded, left out or lost. A record that the archive cannot hold is replaced by a capture
/// gap; any other failure ends the recording, and what comes after it is counted as lost. Recorder
/// thread only.
class Ledger final : public flow::RecordConsumer {
 public:
  /// `inner` may be null: then flows are counted and nothing else. After `count` recorded flows
  /// on_enough is called and, with `leave_out_the_rest`, flows that begin later are left out. Those
  /// that have begun are recorded to their end.
  Ledger(std::unique_ptr<flow::RecordConsumer> inner, proxy::Counters& counters,
         LedgerEvents events, std::optional<std::uint64_t> count, bool leave_out_the_rest);

  /// From now on it is as if there were as many flows as were asked for.
  void declare_enough();

  Status consume(const flow::Record& record) override;
  Status idle() override;
  Status finish(const flow::Totals& totals) override;

 private:
  [[nodiscard]] bool is_left_out(const flow::Record& record);
  void write(const flow::Record& record);
  void settle(Status status);

  std::unique_ptr<flow::RecordConsumer> inner_;
  proxy::Counters& counters_;
  LedgerEvents events_;
  std::optional<std::uint64_t> count_;
  bool leave_out_the_rest_;
  bool declared_enough_ = false;
  std::unordered_set<flow::ConnectionId> connections_;  // that are open and recorded
  std::unordered_set<flow::FlowId> flows_;              // that have begun and are recorded
  std::optional<Error> failure_;
};

}  // namespace mitm::record
