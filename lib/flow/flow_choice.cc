#include "lib/flow/flow_choice.h"

#include <variant>

namespace mitm::flow {
namespace {

bool is_about_connection(const Event& event) {
  return std::holds_alternative<ConnectionOpened>(event) ||
         std::holds_alternative<ServerConnected>(event) ||
         std::holds_alternative<ClientHelloSeen>(event) ||
         std::holds_alternative<TlsEstablished>(event) ||
         std::holds_alternative<ConnectionClosed>(event);
}

}  // namespace

void FlowChoice::add(const Flow& flow) {
  flows_.insert({flow.source, flow.id});
  open_flows_.insert({flow.source, flow.id});
  sources_.insert(flow.source);
  if (flow.connection == 0) return;
  connections_.insert({flow.source, flow.connection});
  open_.insert({flow.source, flow.connection});
  // A server that was not reached took no time, whosever it is.
  const bool reached = flow.server && !flow.server->address.address.empty();
  if (flow.timings.connect || !reached) connected_.insert({flow.source, flow.connection});
}

bool FlowChoice::take(Record& record) {
  if (record.connection == 0 && record.flow == 0) {
    const bool header = std::holds_alternative<Header>(record.event);
    return header ? sources_.contains(record.source)
                  : std::holds_alternative<CaptureGap>(record.event);
  }
  const Key flow{record.source, record.flow};
  const Key connection{record.source, record.connection};
  if (std::holds_alternative<FlowEnd>(record.event)) open_flows_.erase(flow);
  if (std::holds_alternative<ConnectionClosed>(record.event)) open_.erase(connection);
  const bool about_server = std::holds_alternative<ServerConnected>(record.event);
  if (record.flow == 0) {
    record.repeated |= about_server && !connected_.contains(connection);
    return connections_.contains(connection);
  }
  if (flows_.contains(flow)) return true;
  if (!is_about_connection(record.event) || !connections_.contains(connection)) return false;
  record.flow = 0;
  record.repeated |= about_server;
  return true;
}

}  // namespace mitm::flow
