#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/spool.h"
#include "lib/net/loop.h"
#include "lib/net/resolver.h"
#include "lib/net/stream.h"
#include "lib/net/timer.h"
#include "lib/replay/dialer.h"
#include "lib/replay/exchange.h"
#include "lib/replay/outcome.h"
#include "lib/replay/outgoing.h"
#include "lib/tls/leg.h"

namespace mitm::replay {

/// Sends requests one at a time. Keeps the connection for a next request to the same destination;
/// when a kept one turns out to be closed before any byte of the answer, an idempotent request (RFC
/// 9110, section 9.2.2) is sent once more over a new one. Loop thread only; everything given to it
/// must outlive it.
class Sender final : private net::StreamHandler {
 public:
  using Callback = std::function<void(const Outcome&)>;

  /// `timeout` is for an answer, from the first byte sent to the last received, and for each of the
  /// two steps of connecting.
  Sender(net::Loop& loop, net::Resolver& resolver, const tls::ServerLeg& leg,
         std::chrono::milliseconds timeout);
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() override;

  /// `callback` runs later on the loop. `request` and `body` must live until then. Requires: none
  /// is under way.
  void send(const Outgoing& request, const Spool& body, Callback callback);

 private:
  struct Job {
    const Outgoing* request = nullptr;
    const Spool* body = nullptr;
    Callback callback;
    bool sent = false;
    bool reused = false;  ///< over a connection that has answered before
  };

  void dial();
  void on_dialed(Result<std::unique_ptr<net::Stream>> stream);
  void exchange(bool reused);
  void on_exchanged(std::expected<Answer, NoAnswer> result);
  void on_timeout();
  void finish(Result<Answer> answer);
  void hang_up();

  // A connection that is kept has nothing to say.
  void on_handshake(net::Stream&) override {}
  void on_input(net::Stream&) override { hang_up(); }
  void on_output_low(net::Stream&) override {}
  void on_end(net::Stream&, bool) override { hang_up(); }
  void on_output_closed(net::Stream&) override { hang_up(); }
  void on_error(net::Stream&, net::StreamError) override { hang_up(); }

  net::Loop& loop_;
  net::Resolver& resolver_;
  const tls::ServerLeg& leg_;
  std::chrono::milliseconds timeout_;
  net::Timer deadline_;
  Job job_;
  Destination connected_to_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace mitm::replay
