#pragma once

#include <cstdint>
#include <set>

#include "lib/flow/flow.h"
#include "lib/flow/key_set.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// Some flows of a recording, and with them what is known of their connections. One thread; of a
/// million flows in a row half a megabyte.
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
  [[nodiscard]] bool is_complete() const { return open_flows_.size() == 0 && open_.size() == 0; }
  /// How many have not ended.
  [[nodiscard]] std::uint64_t open_flows() const { return open_flows_.size(); }

 private:
  KeySet flows_;
  KeySet connections_;
  KeySet connected_;  // for a flow that is chosen
  std::set<std::uint16_t> sources_;
  KeySet open_flows_;
  KeySet open_;  // connections
};

}  // namespace mitm::flow
