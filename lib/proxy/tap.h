#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"
#include "lib/proxy/http1_recording.h"
#include "lib/proxy/journal.h"

namespace mitm::proxy {

/// Watches the bytes of one relayed connection and records what they mean. Never stops, changes or
/// delays them. Loop thread only.
class Tap {
 public:
  virtual ~Tap() = default;
  /// What `sender` sent next. The view is not kept.
  virtual void on_bytes(flow::Side sender, ByteView bytes) = 0;
  /// Whether bytes are held back because nobody knows yet what they begin. Then decide() is due
  /// soon: what was relayed must not wait for its record.
  [[nodiscard]] virtual bool undecided() const { return false; }
  virtual void decide() {}
  /// `sender` sends no more.
  virtual void on_end(flow::Side sender, bool clean) = 0;
  /// The connection is over; no other call follows. `error`: it did not end well.
  virtual void close(const std::optional<flow::FlowError>& error) = 0;
  /// Whether closing the connection now would cut nothing short.
  [[nodiscard]] virtual bool idle() const = 0;
  /// Whether the server has a whole request and has not begun to answer it.
  [[nodiscard]] virtual bool awaits_answer() const { return false; }
  /// Whether what `sender` sent so far ends where a message ends, by the message's own framing.
  [[nodiscard]] virtual bool between_messages(flow::Side sender) const = 0;
};

/// Where a relayed connection leads, for the URLs of its requests.
struct TapTarget {
  std::string scheme;     ///< "http" or "https"
  std::string authority;  ///< host[:port], the port only where it is not the scheme's own
};

TapTarget tap_target(std::string scheme, const flow::Target& target);

/// HTTP/1 messages. Falls back to bytes for what is not.
std::unique_ptr<Tap> make_http1_tap(ConnectionJournal journal, RecordingOptions options,
                                    TapTarget target);
/// Bytes as they are, one flow, with what was found odd before it.
std::unique_ptr<Tap> make_raw_tap(ConnectionJournal journal, RecordingOptions options,
                                  const std::vector<flow::Anomaly>& odd = {});
/// Counts what is passed through unopened; kTls or kTcp.
std::unique_ptr<Tap> make_passing_tap(ConnectionJournal journal, flow::Kind kind,
                                      const std::vector<flow::Anomaly>& odd = {});
/// HTTP/1 when the client speaks first and begins like a request, else bytes.
std::unique_ptr<Tap> make_sniffing_tap(ConnectionJournal journal, RecordingOptions options,
                                       TapTarget target);

}  // namespace mitm::proxy
