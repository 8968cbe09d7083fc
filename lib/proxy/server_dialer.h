#pragma once

#include <functional>
#include <optional>

#include "lib/flow/record.h"
#include "lib/net/connector.h"
#include "lib/proxy/session.h"

namespace mitm::proxy {

/// Connects a session to a server and records that. Refuses to connect the proxy to itself, which
/// would go round until there are no more sockets. Loop thread only.
class ServerDialer {
 public:
  /// What went wrong, or nothing: then session.server() is the connection, handled by `phase`.
  using Done = std::function<void(const std::optional<flow::FlowError>&)>;

  ServerDialer(Session& session, net::StreamHandler& phase) : session_(session), phase_(phase) {}

  /// `done` is called once, never from here, and only while the session is in the phase that it was
  /// in. `flow`: whose connection it is recorded as; 0 for the whole client connection.
  void dial(const flow::Target& target, flow::FlowId flow, Done done);
  /// Of the connection that was made last.
  [[nodiscard]] const flow::Endpoint& server() const { return server_; }

 private:
  std::optional<flow::FlowError> adopt(std::expected<net::Connected, net::ConnectFailure> result,
                                       const flow::Target& target, flow::FlowId flow);

  Session& session_;
  net::StreamHandler& phase_;
  std::optional<net::Connector> connector_;
  net::OwnSockets::Claim claim_;
  flow::Endpoint server_;
};

}  // namespace mitm::proxy
