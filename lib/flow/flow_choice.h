#pragma once

#include <cstddef>
#include <unordered_map>
#include <unordered_set>

#include "lib/flow/assembler.h"
#include "lib/flow/flow.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// Some flows of a recording, and with them what is known of their connections. One thread; memory
/// by the number of flows chosen.
class FlowChoice {
 public:
  void add(const Flow& flow);

  /// Whether `record` belongs to the choice, of whose records all are to be shown in order. What
  /// another flow of a chosen connection found out about it (its server, its TLS) does, and is made
  /// the connection's: `record` has no flow then, and counts as repeated, so that the time of
  /// connecting stays that of the other flow. So does what concerns no connection: gaps, and the
  /// headers of the chosen runs.
  bool take(Record& record);
  /// All flows have ended, and all their connections.
  [[nodiscard]] bool is_complete() const { return open_flows_.empty() && open_.empty(); }
  /// How many have not ended.
  [[nodiscard]] std::size_t open_flows() const { return open_flows_.size(); }

 private:
  std::unordered_set<Key, KeyHash> flows_;
  std::unordered_set<Key, KeyHash> connections_;
  std::unordered_set<Key, KeyHash> connected_;  // for a flow that is chosen
  std::unordered_set<std::uint16_t> sources_;
  std::unordered_set<Key, KeyHash> open_flows_;
  std::unordered_set<Key, KeyHash> open_;  // connections
};

}  // namespace mitm::flow
