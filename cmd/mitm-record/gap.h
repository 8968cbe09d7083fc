#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lib/base/time.h"
#include "lib/flow/record.h"

namespace mitm::record {

/// What is left out of a recording while it cannot be written, and what has to be said when it can
/// be again, so that flows that come later are whole and those that lost something do not look so.
/// Memory is bounded by the connections and flows that are open. One thread.
class Gap {
 public:
  /// A record that was written, but may be lost yet.
  struct Written {
    flow::ConnectionId connection = 0;
    flow::FlowId flow = 0;
    std::uint64_t bytes = 0;
  };

  /// Every record that was written has to be shown, or flows that began before the gap and end in
  /// it are not told from those that lie in it entirely.
  void note_written(const flow::Record& record);
  void leave_out(const flow::Record& record);

  [[nodiscard]] bool empty() const { return records_ == 0; }
  /// Everything that was left out.
  [[nodiscard]] flow::CaptureGap total(std::string reason) const;
  /// What takes its place: the total, the facts of connections that are still open, the end of
  /// those that are not, and a gap for each flow that lost a part only. The gap is empty then.
  std::vector<flow::Record> close(Time now, const std::string& reason);

  /// What takes the place of records that were shown as written and are lost after all: their total
  /// first, and a gap for each flow of theirs that is still open.
  std::vector<flow::Record> lose(const std::vector<Written>& lost, const std::string& reason);

  /// Whether the flow, which now ended, lost something in an earlier gap.
  bool forget_damaged(flow::FlowId flow) { return damaged_.erase(flow) > 0; }

 private:
  struct LostPart {
    flow::ConnectionId connection = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::optional<flow::FlowEnd> end;
  };
  struct LostConnection {
    std::vector<flow::Record> facts;
    std::optional<flow::ConnectionClosed> closed;
  };

  void leave_out_of_flow(const flow::Record& record);
  void leave_out_of_connection(const flow::Record& record);
  void put_facts(Time now, std::vector<flow::Record>& out);
  void put_flows(Time now, const std::string& reason, std::vector<flow::Record>& out);

  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::unordered_map<flow::FlowId, LostPart> flows_;
  std::unordered_map<flow::ConnectionId, LostConnection> connections_;
  std::unordered_set<flow::FlowId> begun_;    // written of, and not ended
  std::unordered_set<flow::FlowId> damaged_;  // have lost something, and not ended
};

}  // namespace mitm::record
