#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "lib/base/error.h"
#include "lib/base/spool.h"
#include "lib/flow/assembler.h"
#include "lib/flow/record.h"

namespace mitm::replay {

/// An HTTP request as it was recorded, and how it was answered then.
struct RecordedRequest {
  flow::FlowId id = 0;
  std::uint64_t run = 0;  ///< 0 when the header of its source was not seen
  flow::RequestHead head;
  std::optional<flow::Target> server;   ///< where it was sent; nullopt: not recorded
  std::unique_ptr<Spool> body;          ///< never null; transfer-decoded
  Bytes trailers;                       ///< field lines without the blank line
  std::optional<std::uint16_t> status;  ///< of the final answer; nullopt: there was none
  std::string gap;                      ///< why it is not complete; empty: it is
};

/// How much waits at most for an earlier request before that is overtaken.
struct WaitingLimits {
  std::size_t requests = 4096;
  std::size_t files = 256;  ///< requests whose body lies in a temporary file
};

/// Turns records into requests, in the order in which their heads were recorded: add() a record,
/// then call next() until it has none. A request comes out when it has ended and its final answer
/// has begun, or when its flow is over. One that takes so long that the limits are reached is
/// overtaken by those behind it. One thread. Memory is bounded by the limits and by the flows and
/// connections that are open; bodies above kBodyInMemory lie in temporary files.
class RequestStream {
 public:
  static constexpr std::size_t kBodyInMemory = 16 * 1024;

  explicit RequestStream(WaitingLimits limits = {}) : limits_(limits) {}

  /// Fails only when a temporary file cannot be written.
  Status add(flow::Record&& record);
  /// The stream is over: whatever has not ended comes out of next().
  void finish();
  std::optional<RecordedRequest> next();
  [[nodiscard]] bool has_next() const;

 private:
  struct Waiting {
    flow::Key key;
    flow::Key connection;
    RecordedRequest request;
    std::optional<flow::MessageEnd> end;
    bool ready = false;
  };
  using Queue = std::list<Waiting>;

  void on_server(const flow::Record& record, const flow::ServerConnected& event);
  void on_head(const flow::Record& record, flow::RequestHead&& head);
  void on_connection_closed(const flow::Key& connection);
  Status on_event(Waiting& waiting, flow::Record& record);
  void make_ready(Waiting& waiting);
  RecordedRequest take(Queue::iterator waiting);

  WaitingLimits limits_;
  Queue queue_;  ///< in the order of heads
  std::unordered_map<flow::Key, Queue::iterator, flow::KeyHash> by_flow_;
  std::unordered_map<flow::Key, flow::Target, flow::KeyHash> servers_;  ///< by connection
  std::unordered_map<std::uint16_t, std::uint64_t> runs_;               ///< by source
  std::size_t ready_ = 0;
  std::size_t ready_files_ = 0;
};

}  // namespace mitm::replay
