#pragma once

#include <map>
#include <vector>

#include "lib/flow/record.h"

namespace mitm::archive {

/// What was recorded about the connections that are open: where they come from, their TLS, their
/// latest server. Memory in proportion to their number. One thread.
class ConnectionFacts {
 public:
  /// Every record that was written, in order.
  void note(const flow::Record& record);
  /// The facts in the order in which connections opened, marked as repeated and without a flow: the
  /// one that a server was connected for may have ended.
  [[nodiscard]] std::vector<flow::Record> repeat() const;

 private:
  std::map<flow::ConnectionId, std::vector<flow::Record>> open_;  // ids count up
};

}  // namespace mitm::archive
