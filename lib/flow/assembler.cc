#include "lib/flow/assembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "lib/flow/abridged.h"

// What a connection knows (ClientSide, ServerSide) is shared with its flows and immutable. When
// more is learned, a new value takes its place in the connection and in those open flows that
// shared the old one; flows that ended keep what was true for them.
namespace mitm::flow {
namespace {

Key flow_key(const Record& record) { return {record.source, record.flow}; }
Key connection_key(const Record& record) { return {record.source, record.connection}; }

Message& message(Flow& flow, Side side) {
  return side == Side::kClient ? flow.sent : flow.received;
}

/// For flows whose end, which says it, was not recorded.
Kind guess_kind(const Flow& flow) {
  if (flow.request || flow.response) return Kind::kHttp;
  if (flow.kind != Kind::kTcp) return flow.kind;
  const bool bytes = flow.sent.raw_size + flow.received.raw_size > 0;
  return !bytes && flow.client && flow.client->hello ? Kind::kTls : Kind::kTcp;
}

/// Clocks may be set back while a flow runs.
Duration since(Time from, Time to) { return std::max(elapsed(from, to), Duration::zero()); }

void keep_anomaly(Flow& flow, Anomaly anomaly) {
  ++flow.anomaly_count;
  if (flow.anomalies.size() < Flow::kKeptAnomalies) flow.anomalies.push_back(std::move(anomaly));
}

/// How a flow ends whose end was not recorded.
FlowEnd unfinished(const Flow& flow, std::optional<FlowError> error) {
  return {.kind = guess_kind(flow),
          .complete = false,
          .error = std::move(error),
          .bytes_from_client = flow.sent.recorded_size + flow.sent.raw_size,
          .bytes_to_client = flow.received.recorded_size + flow.received.raw_size};
}

/// Events that mean nothing without a flow.
template <class Event>
constexpr bool kNeedsFlow =
    !(std::is_same_v<Event, Header> || std::is_same_v<Event, ConnectionOpened> ||
      std::is_same_v<Event, ServerConnected> || std::is_same_v<Event, ClientHelloSeen> ||
      std::is_same_v<Event, TlsEstablished> || std::is_same_v<Event, ConnectionClosed>);

}  // namespace

void Assembler::add(const Record& record) {
  if (record.repeated && is_known(record)) return;
  std::visit(
      [&]<class Event>(const Event& event) {
        if (record.flow == 0 && kNeedsFlow<Event>) return;
        if constexpr (requires { on(record, event); }) {
          on(record, event);
        } else {
          Event taken = keep_ == Keep::kLine ? abridged(event) : event;
          on(record, taken);
        }
      },
      record.event);
}

/// Whether a repeated fact was read in the file where it was new.
bool Assembler::is_known(const Record& record) const {
  const auto found = connections_.find(connection_key(record));
  if (found == connections_.end()) return false;
  const ClientSide* client = found->second.client.get();
  const ServerSide* server = found->second.server.get();
  if (std::holds_alternative<ConnectionOpened>(record.event)) return client != nullptr;
  // Where a file between is missing, it may be another server.
  if (const auto* event = std::get_if<ServerConnected>(&record.event))
    return server != nullptr && server->target == event->target && server->address == event->server;
  if (std::holds_alternative<ClientHelloSeen>(record.event))
    return client != nullptr && client->hello != nullptr;
  const auto* tls = std::get_if<TlsEstablished>(&record.event);
  if (tls == nullptr) return false;
  return tls->side == Side::kClient ? client != nullptr && client->tls != nullptr
                                    : server != nullptr && server->tls != nullptr;
}

void Assembler::add(Record&& record) {
  if (record.repeated && is_known(record)) return;
  std::visit(
      [&]<class Event>(Event& event) {
        if (record.flow != 0 || !kNeedsFlow<Event>) on(record, event);
      },
      record.event);
}

Timings Assembler::timings(const OpenFlow& open) {
  Timings result;
  const ServerSide* server = open.claims_server ? open.flow.server.get() : nullptr;
  // Without an address the server was looked for in vain, and nothing was measured.
  if (server != nullptr && !server->address.address.empty()) {
    result.dns = server->resolve;
    result.connect = server->connect;
    if (server->tls) result.tls = server->tls->handshake;
  }
  if (open.request_end) result.send = since(open.flow.start, *open.request_end);
  if (open.response_head && (open.request_end || server != nullptr)) {
    // A proxy connects after it has the request; that time is counted once.
    Time from = open.request_end.value_or(open.flow.start);
    if (server != nullptr) from = std::max(from, server->ready);
    result.wait = since(from, *open.response_head);
  }
  if (open.response_head && open.response_end) {
    result.receive = since(*open.response_head, *open.response_end);
  }
  return result;
}

std::optional<Flow> Assembler::next() {
  if (ended_.empty()) return std::nullopt;
  std::optional<Flow> flow(std::move(ended_.front().mapped().flow));
  ended_.pop_front();
  return flow;
}

void Assembler::finish() {
  std::vector<std::pair<Time, Key>> remaining;
  remaining.reserve(flows_.size());
  for (const auto& [key, open] : flows_) remaining.emplace_back(open.flow.start, key);
  std::ranges::sort(remaining, {}, [](const auto& entry) {
    return std::tuple(entry.first, entry.second.source, entry.second.id);
  });
  // Each would be looked for among all that its connection has open.
  for (auto& [key, connection] : connections_) connection.open.clear();
  for (const auto& [start, key] : remaining) {
    const Flow& flow = flows_.at(key).flow;
    end(key, flow.end, unfinished(flow, std::nullopt));
  }
  connections_.clear();
}

Assembler::Connection& Assembler::connection(const Record& record) {
  return connections_[connection_key(record)];
}

/// The first record of a flow opens it, whatever it is: the ones before may be lost.
Assembler::OpenFlow& Assembler::open(const Record& record) {
  auto [found, is_new] = flows_.try_emplace(flow_key(record));
  OpenFlow& open = found->second;
  open.flow.end = record.time;
  if (!is_new) return open;
  Flow& flow = open.flow;
  flow.id = record.flow;
  flow.connection = record.connection;
  flow.source = record.source;
  flow.kind = Kind::kTcp;
  flow.start = record.time;
  if (const auto run = runs_.find(record.source); run != runs_.end()) flow.run = run->second;
  if (record.connection == 0) return open;
  Connection& owner = connection(record);
  owner.open.push_back(record.flow);
  flow.client = owner.client;
  adopt_server(owner, open);
  return open;
}

void Assembler::adopt_server(Connection& connection, OpenFlow& flow) {
  flow.flow.server = connection.server;
  if (!connection.server || !may_claim_) return;
  flow.claims_server = !std::exchange(connection.server_claimed, true);
}

void Assembler::replace_client(const Record& record, ClientSide side) {
  Connection& owner = connection(record);
  const auto old = std::exchange(owner.client, std::make_shared<const ClientSide>(std::move(side)));
  for (const FlowId id : owner.open) {
    Flow& flow = flows_.at({record.source, id}).flow;
    if (flow.client == old) flow.client = owner.client;
  }
}

void Assembler::replace_server(const Record& record, ServerSide side) {
  Connection& owner = connection(record);
  const auto old = std::exchange(owner.server, std::make_shared<const ServerSide>(std::move(side)));
  for (const FlowId id : owner.open) {
    OpenFlow& open = flows_.at({record.source, id});
    if (open.flow.server != old) continue;
    const bool claimed = open.claims_server;
    adopt_server(owner, open);
    open.claims_server = open.claims_server || claimed;
  }
}

void Assembler::on(const Record& record, const Header& event) {
  runs_[record.source] = event.run_id;
}

void Assembler::on(const Record& record, ConnectionOpened& event) {
  replace_client(record, {.address = std::move(event.client),
                          .listener = std::move(event.listener),
                          .mode = event.mode});
}

void Assembler::on(const Record& record, ServerConnected& event) {
  ServerSide side{.target = std::move(event.target),
                  .address = std::move(event.server),
                  .resolve = event.resolve,
                  .connect = event.connect,
                  .ready = record.time};
  Connection& owner = connection(record);
  // The time of connecting belongs to a flow of the file where this was new.
  if (record.repeated) owner.server_claimed = true;
  if (record.flow == 0) {
    // Flows that have a server already keep it.
    if (owner.server) {
      owner.server = std::make_shared<const ServerSide>(std::move(side));
      owner.server_claimed = record.repeated;
    } else {
      replace_server(record, std::move(side));
    }
    return;
  }
  OpenFlow& flow = open(record);
  owner.server = std::make_shared<const ServerSide>(std::move(side));
  owner.server_claimed = record.repeated;
  adopt_server(owner, flow);
}

void Assembler::on(const Record& record, ClientHelloSeen& event) {
  if (record.flow != 0) open(record);
  const auto& known = connection(record).client;
  ClientSide side = known ? *known : ClientSide{};
  side.hello = std::make_shared<const ClientHelloFacts>(std::move(event.facts));
  replace_client(record, std::move(side));
}

void Assembler::on(const Record& record, TlsEstablished& event) {
  if (record.flow != 0) open(record);
  const Connection& owner = connection(record);
  auto facts = std::make_shared<const TlsFacts>(std::move(event.facts));
  if (event.side == Side::kClient) {
    ClientSide side = owner.client ? *owner.client : ClientSide{};
    side.tls = std::move(facts);
    replace_client(record, std::move(side));
  } else {
    ServerSide side = owner.server ? *owner.server : ServerSide{};
    side.tls = std::move(facts);
    side.ready = record.time;
    replace_server(record, std::move(side));
  }
}

void Assembler::on(const Record& record, RequestHead& event) {
  Flow& flow = open(record).flow;
  if (!flow.request) flow.request = std::move(event);
}

void Assembler::on(const Record& record, ResponseHead& event) {
  OpenFlow& open_flow = open(record);
  Flow& flow = open_flow.flow;
  if (event.is_interim()) {
    ++flow.interim_count;
    if (flow.interim.size() < Flow::kKeptInterim) flow.interim.push_back(std::move(event));
  } else if (!flow.response) {
    flow.response = std::move(event);
    open_flow.response_head = record.time;
  }
}

void Assembler::on(const Record& record, const BodyChunk& event) {
  Message& target = message(open(record).flow, event.sender);
  target.body_size += event.data.size();
  target.recorded_size += event.data.size();
}

void Assembler::on(const Record& record, Trailers& event) {
  Message& target = message(open(record).flow, event.sender);
  if (target.trailers.empty()) target.trailers.push_back(std::move(event));
}

/// The recording says that there was more of this flow than it holds.
void Assembler::mark_damaged(OpenFlow& open, Side sender, std::string detail) {
  open.damaged = true;
  keep_anomaly(open.flow, {sender, std::string(Flow::kDamaged), std::move(detail)});
}

void Assembler::on(const Record& record, const MessageEnd& event) {
  OpenFlow& flow = open(record);
  Message& target = message(flow.flow, event.sender);
  // Less than the writer says it recorded: part of the archive is damaged.
  if (target.recorded_size < event.recorded_size) {
    mark_damaged(flow, event.sender,
                 fmt::format("{} of {} recorded octets of the body are missing",
                             event.recorded_size - target.recorded_size, event.recorded_size));
  }
  target.body_size = event.body_size;
  target.ended = true;
  target.complete = event.complete;
  (event.sender == Side::kClient ? flow.request_end : flow.response_end) = record.time;
}

void Assembler::on(const Record& record, const WebSocketMessage& event) {
  Flow& flow = open(record).flow;
  flow.kind = Kind::kWebSocket;
  message(flow, event.sender).raw_size += event.data.size();
  message(flow, event.sender).messages += event.final ? 1 : 0;
}

void Assembler::on(const Record& record, const RawBytes& event) {
  message(open(record).flow, event.sender).raw_size += event.data.size();
}

void Assembler::on(const Record& record, const DnsMessage& event) {
  Flow& flow = open(record).flow;
  flow.kind = Kind::kDns;
  message(flow, event.sender).raw_size += event.data.size();
  ++message(flow, event.sender).messages;
}

void Assembler::on(const Record& record, Anomaly& event) {
  keep_anomaly(open(record).flow, std::move(event));
}

void Assembler::on(const Record& record, const CaptureGap& event) {
  if (record.flow != 0) mark_damaged(open(record), Side::kClient, event.reason);
}

void Assembler::on(const Record& record, const FlowEnd& event) {
  open(record);
  end(flow_key(record), record.time, event);
}

void Assembler::on(const Record& record, const ConnectionClosed& event) {
  const auto found = connections_.find(connection_key(record));
  if (found == connections_.end()) return;
  const std::vector<FlowId> open = std::exchange(found->second.open, {});
  for (const FlowId id : open) {
    const Key key{record.source, id};
    end(key, record.time, unfinished(flows_.at(key).flow, event.error));
  }
  connections_.erase(connection_key(record));
}

void Assembler::end(const Key& key, Time time, const FlowEnd& how) {
  Flows::node_type node = flows_.extract(key);
  OpenFlow& open = node.mapped();
  Flow& flow = open.flow;
  if (const auto owner = connections_.find({key.source, flow.connection});
      owner != connections_.end()) {
    std::erase(owner->second.open, key.id);
  }
  flow.start -= how.waited;
  flow.end = time;
  flow.kind = how.kind;
  if (how.kind == Kind::kHttp && !flow.request)
    mark_damaged(open, Side::kClient, "the request's head is missing");
  flow.complete = how.complete && !open.damaged;
  flow.passed = how.passed;
  flow.error = how.error;
  flow.bytes_from_client = how.bytes_from_client;
  flow.bytes_to_client = how.bytes_to_client;
  flow.timings = timings(open);
  flow.made_connection = open.claims_server;
  ended_.push_back(std::move(node));
}

}  // namespace mitm::flow
