#pragma once

#include <optional>
#include <utility>

#include "lib/base/time.h"
#include "lib/flow/record.h"

namespace mitm::proxy {

/// Where a worker's records go. Loop thread only.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void write(flow::Record record) = 0;
  [[nodiscard]] virtual flow::FlowId next_flow() = 0;
  [[nodiscard]] virtual Time now() const = 0;
};

/// The journal as one connection sees it.
class ConnectionJournal {
 public:
  ConnectionJournal(Journal& journal, flow::ConnectionId connection)
      : journal_(&journal), connection_(connection) {}

  void write(flow::FlowId flow, flow::Event event) const {
    journal_->write({journal_->now(), connection_, flow, 0, std::move(event)});
  }
  [[nodiscard]] flow::FlowId next_flow() const { return journal_->next_flow(); }

  /// A flow that was over before anything could flow.
  void write_failed_flow(flow::Kind kind, flow::FlowError error) const {
    write(next_flow(), flow::FlowEnd{.kind = kind, .complete = false, .error = std::move(error)});
  }
  /// The same where the server was not reached.
  void write_unreached(const flow::Target& target, flow::Kind kind, flow::FlowError error) const {
    const auto flow = next_flow();
    write(flow, flow::ServerConnected{.target = target, .server = {}});
    write(flow, flow::FlowEnd{.kind = kind, .complete = false, .error = std::move(error)});
  }

 private:
  Journal* journal_;
  flow::ConnectionId connection_;
};

}  // namespace mitm::proxy
