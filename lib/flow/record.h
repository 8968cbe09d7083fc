#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"

/// The records of a recording as plain values: what the tap produces, what the archive stores, what
/// readers show. formats/flow.capnp is the stored form of exactly these types and says more about
/// each.
namespace mitm::flow {

using ConnectionId = std::uint64_t;  ///< unique within a run, from 1; 0: of no connection
using FlowId = std::uint64_t;        ///< unique within a run, from 1; 0: of no flow

enum class Kind : std::uint8_t { kHttp, kWebSocket, kTcp, kTls, kDns };
std::string_view to_string(Kind kind);  ///< "http", "websocket", "tcp", "tls", "dns"

/// First record of every file.
struct Header {
  std::uint64_t run_id = 0;       ///< random; rotated files of one run share it
  std::uint32_t format = 1;       ///< grows when an old reader could misunderstand a file
  std::uint32_t file_number = 1;  ///< within the run
  std::string tool;               ///< "mitm-record 0.1.0"

  bool operator==(const Header&) const = default;
};

struct ConnectionOpened {
  Endpoint client;
  Endpoint listener;
  Mode mode = Mode::kExplicit;

  bool operator==(const ConnectionOpened&) const = default;
};

/// We know where a client wants to go and reached it. With a flow id it was made for that flow (an
/// explicit proxy serves several servers over one client connection); from then on it is the
/// connection's server.
struct ServerConnected {
  Target target;       ///< what the client asked for
  Endpoint server;     ///< what we are connected to
  Duration resolve{};  ///< name resolution, 0 for a numeric address
  Duration connect{};  ///< TCP handshake

  bool operator==(const ServerConnected&) const = default;
};

struct TlsEstablished {
  Side side = Side::kServer;
  TlsFacts facts;

  bool operator==(const TlsEstablished&) const = default;
};

struct ClientHelloSeen {
  ClientHelloFacts facts;
  Bytes raw;  ///< the handshake records exactly as received

  bool operator==(const ClientHelloSeen&) const = default;
};

struct HeaderField {
  Bytes name;   ///< as received
  Bytes value;  ///< as received, without surrounding white space

  bool operator==(const HeaderField&) const = default;
};

/// HTTP/1: `raw` holds the received bytes from the first octet to the blank line's last, `fields`
/// is empty (lib/wire parses them on demand). HTTP/2: `fields` is the exact list in order, `raw` is
/// empty.
struct RequestHead {
  std::string method;
  std::string scheme;     ///< "http" or "https"
  std::string target;     ///< request-target as received
  std::string authority;  ///< host[:port] for the URL; from the target, Host or :authority, else
                          ///< where it was sent
  std::string version;    ///< "HTTP/1.1"
  Bytes raw;
  std::vector<HeaderField> fields;

  bool operator==(const RequestHead&) const = default;
};

/// Also interim responses (1xx); a flow has any number of those before its final one.
struct ResponseHead {
  std::string version;
  std::uint16_t status = 0;
  std::string reason;
  Bytes raw;
  std::vector<HeaderField> fields;

  [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
  bool operator==(const ResponseHead&) const = default;
};

/// A piece of a body, transfer-decoded, content-encoding untouched. At most kMaxChunk octets.
struct BodyChunk {
  Side sender = Side::kClient;
  Bytes data;

  bool operator==(const BodyChunk&) const = default;
};
inline constexpr std::size_t kMaxChunk = 64 * 1024;
/// The text and octets of a head's record together. A larger head is recorded as RawBytes besides a
/// record that says what fits.
inline constexpr std::size_t kMaxHead = 272 * 1024;

struct Trailers {
  Side sender = Side::kClient;
  Bytes raw;                        ///< HTTP/1, without the final blank line
  std::vector<HeaderField> fields;  ///< HTTP/2

  bool operator==(const Trailers&) const = default;
};

/// The sender's message is over. `body_size` counts what was sent, `recorded_size` what is in the
/// archive (less with a snap length).
struct MessageEnd {
  Side sender = Side::kClient;
  std::uint64_t body_size = 0;
  std::uint64_t recorded_size = 0;
  bool complete = true;  ///< false: cut short before its end

  bool operator==(const MessageEnd&) const = default;
};

struct WebSocketMessage {
  Side sender = Side::kClient;
  std::uint8_t opcode = 0;  ///< RFC 6455, section 5.2; continuation pieces repeat it
  bool final = true;        ///< last piece of the message
  bool compressed = false;  ///< data is as on the wire, permessage-deflate (RFC 7692)
  Bytes data;               ///< unmasked

  bool operator==(const WebSocketMessage&) const = default;
};

/// Bytes that no decoder explained: raw TCP, what follows an upgrade, what a decoder gave up on.
struct RawBytes {
  Side sender = Side::kClient;
  Bytes data;

  bool operator==(const RawBytes&) const = default;
};

struct DnsMessage {
  Side sender = Side::kClient;
  Bytes data;

  bool operator==(const DnsMessage&) const = default;
};

/// Something odd that was seen. `name` is one of the table in formats/README.md.
struct Anomaly {
  Side sender = Side::kClient;
  std::string name;
  std::string detail;

  bool operator==(const Anomaly&) const = default;
};

/// Why a flow did not go well. `kind` is one of the table in formats/README.md.
struct FlowError {
  std::string kind;
  std::string message;

  bool operator==(const FlowError&) const = default;
};

struct FlowEnd {
  Kind kind = Kind::kHttp;
  bool complete = true;  ///< everything that belongs to it was seen and ended properly
  bool passed = false;   ///< passed through unopened
  std::optional<FlowError> error;
  std::uint64_t bytes_from_client =
      0;  ///< TCP payload on the client's side, inside TLS where we opened it
  std::uint64_t bytes_to_client = 0;
  Duration waited{};  ///< so long it had gone on before its first record

  bool operator==(const FlowEnd&) const = default;
};

struct ConnectionClosed {
  std::optional<FlowError> error;

  bool operator==(const ConnectionClosed&) const = default;
};

/// Records are missing here, and why.
struct CaptureGap {
  std::string reason;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

  bool operator==(const CaptureGap&) const = default;
};

/// Of flows: seen = recorded + filtered + passed + failed + lost.
struct Totals {
  std::uint64_t seen = 0;
  std::uint64_t recorded = 0;
  std::uint64_t filtered = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;  ///< before there was a request
  std::uint64_t lost = 0;    ///< of which records are missing, because they could not be written
  std::uint64_t hurried_frames = 0;  ///< of the archive, compressed less than asked for to keep up

  bool operator==(const Totals&) const = default;
};

/// Whether the flow ended in a failure before there was a request or a byte of data.
bool failed_early(const FlowEnd& end);
/// Adds a flow that is in the recording.
void count(Totals& totals, const FlowEnd& end);

struct Statistics {
  Totals totals;

  bool operator==(const Statistics&) const = default;
};

/// XXH64 (seed 0) of the `length` octets of frame content before this record, back to the previous
/// checkpoint or the frame's start. Made and checked by lib/archive; of no interest to others.
struct Checkpoint {
  std::uint64_t length = 0;
  std::uint64_t xxh64 = 0;
  std::uint64_t run_id = 0;  ///< of the file's first header

  bool operator==(const Checkpoint&) const = default;
};

/// Last record of a cleanly closed file.
struct ArchiveEnd {
  Totals totals;
  std::string
      next_file;  ///< the run goes on there, a name in the same folder; empty: the run is over
  bool summarized = false;  ///< summary frames follow in the file; set by lib/archive

  bool operator==(const ArchiveEnd&) const = default;
};

using Event = std::variant<Header, ConnectionOpened, ServerConnected, ClientHelloSeen,
                           TlsEstablished, RequestHead, ResponseHead, BodyChunk, Trailers,
                           MessageEnd, WebSocketMessage, RawBytes, DnsMessage, Anomaly, FlowEnd,
                           ConnectionClosed, CaptureGap, Statistics, Checkpoint, ArchiveEnd>;

struct Record {
  Time time;
  ConnectionId connection = 0;
  FlowId flow = 0;
  std::uint16_t source = 0;  ///< which header of a merged file its ids belong to
  Event event;
  bool repeated = false;  ///< a connection's fact that stands in an earlier file of the run too

  bool operator==(const Record&) const = default;
};

}  // namespace mitm::flow
