#pragma once

#include <algorithm>
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
      : journal_(&journal), connection_(connection), asked_(journal.now()) {}

  /// The client begins to ask for something: what fails from now on was waited for from now on, and
  /// not since it connected.
  void note_asking() { asked_ = journal_->now(); }

  void write(flow::FlowId flow, flow::Event event) const {
    journal_->write({journal_->now(), connection_, flow, 0, std::move(event)});
  }
  [[nodiscard]] flow::FlowId next_flow() const { return journal_->next_flow(); }

  /// A flow that was over before anything could flow.
  void write_failed_flow(flow::Kind kind, flow::FlowError error) const {
    write_end(next_flow(), kind, std::move(error));
  }
  /// The same where the server was not reached.
  void write_unreached(const flow::Target& target, flow::Kind kind, flow::FlowError error) const {
    const auto flow = next_flow();
    write(flow, flow::ServerConnected{.target = target, .server = {}});
    write_end(flow, kind, std::move(error));
  }

 private:
  void write_end(flow::FlowId flow, flow::Kind kind, flow::FlowError error) const {
    flow::FlowEnd end{.kind = kind, .complete = false, .error = std::move(error)};
    // Clocks may be set back meanwhile.
    end.waited = std::max(elapsed(asked_, journal_->now()), Duration::zero());
    write(flow, std::move(end));
  }

  Journal* journal_;
  flow::ConnectionId connection_;
  Time asked_;
};

}  // namespace mitm::proxy
