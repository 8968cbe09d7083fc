#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lib/flow/record.h"
#include "lib/proxy/journal.h"
#include "lib/wire/basic_auth.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

struct RecordingOptions {
  std::uint64_t snap_length = UINT64_MAX;               ///< octets of each body that are recorded
  std::size_t max_head = wire::Http1Limits{}.max_head;  ///< octets of a head that are decoded
  bool hide_proxy_login = false;   ///< the value of Proxy-Authorization is overwritten
  bool host_is_the_route = false;  ///< URLs name what is known of the connection, not Host
};

/// Records that `left_out` octets of `sender` outside of messages are missing for the snap length;
/// nothing when there are none.
void write_snapped(const ConnectionJournal& journal, flow::FlowId flow, flow::Side sender,
                   std::uint64_t left_out);

/// Turns what the two decoders of an HTTP/1 connection say into records: gives each exchange its
/// flow, pairs responses with requests in order (RFC 9112, section 9.3.2) and ends the flow when
/// both messages have ended. Does not forward, decide or decode. Loop thread only.
class Http1Recording {
 public:
  /// `scheme` and `authority` make the URL of requests that do not say it themselves.
  Http1Recording(ConnectionJournal journal, RecordingOptions options, std::string scheme,
                 std::string authority);

  void on_request(const wire::Event& event);
  void on_response(const wire::Event& event);
  /// What is cut short from now on is so for this reason, if there is one.
  void expect_close(const std::optional<flow::FlowError>& error) { reason_ = error; }
  /// The connection is over. Exchanges still open are recorded as cut short, for this reason.
  void close(const std::optional<flow::FlowError>& error);
  /// The exchange whose response is due next cannot be answered by the server; it is over now.
  void fail_front(const flow::FlowError& error);

  [[nodiscard]] bool idle() const { return open_.empty(); }
  /// The request whose response is due next is whole, and nothing final has come for it.
  [[nodiscard]] bool awaits_answer() const;
  /// The flow whose response is due next; 0 when idle.
  [[nodiscard]] flow::FlowId front() const { return open_.empty() ? 0 : open_.front().id; }

 private:
  /// One direction of one exchange.
  struct Message {
    bool started = false;
    bool ended = false;
    bool complete = false;
    bool keep_raw = false;  ///< record it as bytes besides, because others may read it differently
    std::uint64_t body = 0, recorded = 0, raw_recorded = 0, raw_left_out = 0, wire = 0;
  };
  struct Exchange {
    flow::FlowId id = 0;
    Message request, response;
    bool connect = false;
    bool raw = false;  ///< became something that is not HTTP/1
  };

  void on_event(flow::Side sender, Exchange& exchange, Message& message, const wire::Event& event);
  void on_request_head(const wire::RequestHead& head);
  [[nodiscard]] Bytes shown(ByteView from_client) const;
  void on_response_head(const wire::ResponseHead& head);
  void on_unparsed(flow::Side sender, ByteView bytes);
  void on_oddity(flow::Side sender, const wire::Oddity& oddity);
  /// Whether a head of so many octets, copies of its parts included, makes a record. If not it is
  /// announced as one that is recorded as bytes.
  bool fits(flow::Side sender, std::size_t octets);
  void write_pending(flow::Side sender, flow::FlowId flow, Message& message);
  [[nodiscard]] ByteView snapped(ByteView bytes, std::uint64_t already) const;
  void write_body(flow::Side sender, const Exchange& exchange, Message& message, ByteView data);
  void write_raw(flow::Side sender, flow::FlowId flow, Message& message, ByteView bytes);
  void end_message(flow::Side sender, const Exchange& exchange, Message& message, bool complete);
  void finish_front_exchanges();
  void end(Exchange& exchange, const std::optional<flow::FlowError>& error);
  Exchange& raw_exchange(flow::Side sender);

  ConnectionJournal journal_;
  RecordingOptions options_;
  std::string scheme_, authority_;
  std::deque<Exchange> open_;
  wire::LoginMask mask_;                   ///< of what the client sends outside of messages
  std::vector<flow::Anomaly> pending_[2];  ///< by sender: about the message that comes next
  bool pending_framing_[2] = {};
  std::optional<flow::FlowError> reason_;  ///< why the connection ends, where that is known
};

}  // namespace mitm::proxy
