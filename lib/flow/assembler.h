#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/flow/flow.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// Names a connection or a flow among those of several runs.
struct Key {
  std::uint16_t source = 0;
  std::uint64_t id = 0;

  bool operator==(const Key&) const = default;
};

struct KeyHash {
  std::size_t operator()(const Key& key) const noexcept {
    // Ids count up from 1, so that the upper bits are free for the source.
    return std::hash<std::uint64_t>{}(key.id ^ (std::uint64_t{key.source} << 48));
  }
};

/// Turns a stream of records into flows, in the order in which they ended: add() a record, then
/// call next() until it has none. Bodies and raw bytes are counted and dropped; who wants them
/// shows the record to a BodyStore first. One thread. Memory is bounded by the flows and
/// connections that are open.
class Assembler {
 public:
  enum class Keep : std::uint8_t {
    kAll,
    kLine,  ///< of records that are not given away, only what abridged() leaves
  };

  explicit Assembler(Keep keep = Keep::kAll) : keep_(keep) {}

  void add(Record&& record);
  /// Copies heads and facts, but no bodies.
  void add(const Record& record);
  /// The connections to servers were not made for the flows to come, but for some whose records are
  /// not shown.
  void disclaim_servers() { may_claim_ = false; }
  /// A flow that has ended.
  std::optional<Flow> next();
  /// The stream is over: what has not ended comes out of next() as incomplete, oldest first.
  void finish();

 private:
  struct Connection {
    std::shared_ptr<const ClientSide> client;
    std::shared_ptr<const ServerSide> server;
    bool server_claimed = false;  ///< the flow that counts the time of connecting is known
    std::vector<FlowId> open;
  };

  struct OpenFlow {
    Flow flow;
    bool claims_server = false;
    std::optional<Time> request_end;
    std::optional<Time> response_head;
    std::optional<Time> response_end;
    bool damaged = false;  ///< records of it are missing
  };

  using Flows = std::unordered_map<Key, OpenFlow, KeyHash>;

  OpenFlow& open(const Record& record);
  Connection& connection(const Record& record);
  [[nodiscard]] bool is_known(const Record& record) const;
  void adopt_server(Connection& connection, OpenFlow& flow);
  void replace_client(const Record& record, ClientSide side);
  void replace_server(const Record& record, ServerSide side);
  void end(const Key& key, Time time, const FlowEnd& how);
  static void mark_damaged(OpenFlow& open, Side sender, std::string detail);
  static Timings timings(const OpenFlow& open);

  void on(const Record& record, const Header& event);
  void on(const Record& record, ConnectionOpened& event);
  void on(const Record& record, ServerConnected& event);
  void on(const Record& record, ClientHelloSeen& event);
  void on(const Record& record, TlsEstablished& event);
  void on(const Record& record, RequestHead& event);
  void on(const Record& record, ResponseHead& event);
  void on(const Record& record, const BodyChunk& event);
  void on(const Record& record, Trailers& event);
  void on(const Record& record, const MessageEnd& event);
  void on(const Record& record, const WebSocketMessage& event);
  void on(const Record& record, const RawBytes& event);
  void on(const Record& record, const DnsMessage& event);
  void on(const Record& record, Anomaly& event);
  void on(const Record& record, const FlowEnd& event);
  void on(const Record& record, const ConnectionClosed& event);
  void on(const Record& record, const CaptureGap& event);
  void on(const Record&, const Statistics&) {}
  void on(const Record&, const Checkpoint&) {}
  void on(const Record&, const ArchiveEnd&) {}

  Keep keep_;
  Flows flows_;
  std::unordered_map<Key, Connection, KeyHash> connections_;
  std::unordered_map<std::uint16_t, std::uint64_t> runs_;
  std::deque<Flows::node_type> ended_;
  bool may_claim_ = true;
};

}  // namespace mitm::flow
