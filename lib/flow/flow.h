#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/flow/record.h"

/// A flow as a whole: everything that was recorded about one exchange but for the bytes of its
/// bodies.
namespace mitm::flow {

/// How a client reached us. Shared by the flows of a connection and never changed once it is
/// shared.
struct ClientSide {
  Endpoint address;
  Endpoint listener;
  Mode mode = Mode::kExplicit;
  std::shared_ptr<const TlsFacts> tls;            ///< null: no TLS, or TLS that we did not open
  std::shared_ptr<const ClientHelloFacts> hello;  ///< null: none was seen
};

/// The connection to a server that served a flow. Shared like ClientSide.
struct ServerSide {
  Target target;
  Endpoint address;
  Duration resolve{};
  Duration connect{};
  Time ready;                           ///< connected, or the end of the TLS handshake
  std::shared_ptr<const TlsFacts> tls;  ///< null: no TLS, or TLS that we did not open
};

/// What one side sent in a flow.
struct Message {
  std::uint64_t body_size = 0;      ///< sent, after transfer-decoding
  std::uint64_t recorded_size = 0;  ///< in the recording, at most body_size
  std::uint64_t raw_size = 0;       ///< recorded as bytes: no decoder explained them
  std::uint64_t messages = 0;       ///< WebSocket or DNS messages
  bool ended = false;               ///< its end was seen
  bool complete = false;            ///< its end was where it should be
  std::vector<Trailers> trailers;   ///< at most one in correct HTTP
};

/// Where the time went. Unknown parts are empty; connection parts belong to the flow for which the
/// connection was made.
struct Timings {
  std::optional<Duration> dns;
  std::optional<Duration> connect;
  std::optional<Duration> tls;
  std::optional<Duration> send;  ///< the request, from the flow's start
  std::optional<Duration>
      wait;  ///< from the request's end (or the server's being there) to the response head
  std::optional<Duration> receive;  ///< from the response head to the response's end
};

struct Flow {
  FlowId id = 0;
  ConnectionId connection = 0;
  std::uint16_t source = 0;
  std::uint64_t run = 0;  ///< 0 when the header of its source was not seen
  Kind kind = Kind::kHttp;
  Time start;
  Time end;
  std::shared_ptr<const ClientSide> client;  ///< null when the connection's opening is not recorded
  std::shared_ptr<const ServerSide> server;  ///< null when no server was reached
  std::optional<RequestHead> request;
  std::optional<ResponseHead> response;  ///< the final one
  std::vector<ResponseHead> interim;     ///< the first kKeptInterim
  std::uint64_t interim_count = 0;
  Message sent;      ///< by the client
  Message received;  ///< from the server
  Timings timings;
  bool made_connection = false;         ///< the connection to `server` was made for it
  std::uint64_t bytes_from_client = 0;  ///< see FlowEnd; what was recorded when there was none
  std::uint64_t bytes_to_client = 0;
  std::optional<FlowError> error;
  std::vector<Anomaly> anomalies;  ///< the first kKeptAnomalies
  std::uint64_t anomaly_count = 0;
  bool passed = false;
  bool complete = false;

  static constexpr std::size_t kKeptInterim = 16;
  static constexpr std::size_t kKeptAnomalies = 64;

  [[nodiscard]] const Message& message(Side side) const {
    return side == Side::kClient ? sent : received;
  }
  /// What readers of a recording say of a flow of which it holds less than it should; never stored.
  static constexpr std::string_view kDamaged = "recording-damaged";
  [[nodiscard]] bool is_damaged() const {
    return std::ranges::any_of(anomalies,
                               [](const Anomaly& anomaly) { return anomaly.name == kDamaged; });
  }
  [[nodiscard]] Duration duration() const { return elapsed(start, end); }
};

}  // namespace mitm::flow
