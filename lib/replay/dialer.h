#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "lib/base/error.h"
#include "lib/net/connector.h"
#include "lib/net/resolver.h"
#include "lib/net/stream.h"
#include "lib/net/timer.h"
#include "lib/replay/destination.h"
#include "lib/tls/leg.h"

namespace mitm::replay {

/// Connects to a destination, with TLS where it asks for that, and accepts only a certificate that
/// verifies. One attempt an object; when it is destroyed it calls nobody any more. Loop thread
/// only.
class Dialer final : public net::Retirable, private net::StreamHandler {
 public:
  /// The stream calls a handler that is about to go: give it another.
  using Callback = std::function<void(Result<std::unique_ptr<net::Stream>>)>;

  /// `callback` runs once, never before the constructor has returned; to destroy the dialer in it,
  /// retire it. `timeout` is for connecting and then once more for the handshake. An error says why
  /// in words, with a hint where options of ours would help.
  Dialer(net::Loop& loop, net::Resolver& resolver, const tls::ServerLeg& leg,
         Destination destination, std::chrono::milliseconds timeout, Callback callback);
  ~Dialer() override;

 private:
  void on_connected(std::expected<net::Connected, net::ConnectFailure> result);
  void start_tls(Fd fd);
  void give_up(std::string message, std::string hint = {});

  void on_handshake(net::Stream& stream) override;
  void on_input(net::Stream&) override {}
  void on_output_low(net::Stream&) override {}
  void on_end(net::Stream& stream, bool clean) override;
  void on_output_closed(net::Stream& stream) override;
  void on_error(net::Stream& stream, net::StreamError error) override;

  net::Loop& loop_;
  const tls::ServerLeg& leg_;
  Destination destination_;
  std::chrono::milliseconds timeout_;
  Callback callback_;  ///< null once it has run
  net::Timer deadline_;
  std::unique_ptr<net::Stream> stream_;
  net::Connector connector_;  // last: its callback uses the rest
};

}  // namespace mitm::replay
