#pragma once

#include <functional>
#include <map>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// What was recorded about the connections that are open: where they come from, their TLS, their
/// latest server. Memory in proportion to their number. One thread.
class ConnectionFacts {
 public:
  /// Every record that was written, in order.
  void note(const flow::Record& record);
  /// Calls `write` with the facts in the order in which connections opened, until it fails. They
  /// are marked as repeated and have no flow: the one that a server was connected for may have
  /// ended.
  Status repeat(const std::function<Status(const flow::Record&)>& write) const;

 private:
  std::map<flow::ConnectionId, std::vector<flow::Record>> open_;  // ids count up
};

}  // namespace mitm::archive
