#pragma once

#include <optional>
#include <string>

#include "lib/proxy/server_dialer.h"
#include "lib/proxy/tls_legs.h"

namespace mitm::proxy {

/// Connects a session to a server, and shakes hands with it where that is asked for. Loop thread
/// only.
class TlsDialer {
 public:
  using Done = ServerDialer::Done;

  /// Both outlive it.
  TlsDialer(Session& session, Phase& phase);

  /// As ServerDialer::dial(), with a tunnel where there is TLS. `tls_name`: the name or address
  /// that the server's certificate has to hold; nullopt: no TLS. HTTP/1.1 is what is offered.
  void dial(const flow::Target& target, flow::FlowId flow, std::optional<std::string> tls_name,
            Done done, Purpose purpose = Purpose::kTunnel);

  /// As long as this is so, the phase hands on what happens on the server's stream.
  [[nodiscard]] bool shakes_hands() const { return legs_.has_value(); }
  void on_handshake();
  void on_gone(const std::string& reason);

 private:
  void start_tls(const flow::Target& target, const std::string& name);
  void finish(const std::optional<flow::FlowError>& error);

  Session& session_;
  Phase& phase_;
  ServerDialer dialer_;
  PhaseTimer deadline_;
  std::optional<TlsLegs> legs_;
  Done done_;
};

}  // namespace mitm::proxy
