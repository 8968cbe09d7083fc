#pragma once

#include <chrono>
#include <expected>
#include <functional>

#include "lib/base/error.h"
#include "lib/base/spool.h"
#include "lib/net/stream.h"
#include "lib/replay/outcome.h"
#include "lib/replay/outgoing.h"
#include "lib/wire/http1.h"

namespace mitm::replay {

/// Why there is no answer.
struct NoAnswer {
  Error error;
  bool untouched = false;  ///< the connection ended before any byte of an answer

  bool operator==(const NoAnswer&) const = default;
};

/// Sends one request over a connection and reads the answer, both in flat memory. One attempt an
/// object; to destroy it in its callback, retire it. Loop thread only.
class Exchange final : public net::Retirable, private net::StreamHandler {
 public:
  using Callback = std::function<void(std::expected<Answer, NoAnswer>)>;

  /// Begins at once and becomes the stream's handler. `callback` runs once, never before the
  /// constructor has returned; all references must live until then.
  Exchange(net::Loop& loop, net::Stream& stream, const Outgoing& request, const Spool& body,
           Callback callback);

 private:
  void send_more();
  void send_piece(ByteView piece);
  void send_end();
  void receive(net::Stream& stream);
  void pump();
  void on_event(const wire::Event& event);
  void on_head(const wire::ResponseHead& head);
  void complete();
  void give_up(Code code, std::string message);

  void on_handshake(net::Stream&) override {}
  void on_input(net::Stream& stream) override;
  void on_output_low(net::Stream&) override { send_more(); }
  void on_end(net::Stream& stream, bool clean) override;
  void on_output_closed(net::Stream& stream) override;
  void on_error(net::Stream& stream, net::StreamError error) override;

  net::Loop& loop_;
  net::Stream& stream_;
  const Outgoing& request_;
  SpoolSource body_;
  Callback callback_;  ///< null once it has run
  wire::Http1Decoder decoder_{wire::Role::kResponse};
  std::chrono::steady_clock::time_point started_;
  Answer answer_;
  bool sent_ = false, touched_ = false, answered_ = false;
};

}  // namespace mitm::replay
