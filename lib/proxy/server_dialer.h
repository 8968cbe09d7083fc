#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "lib/flow/record.h"
#include "lib/net/connector.h"
#include "lib/proxy/session.h"
#include "lib/proxy/upstream_link.h"

namespace mitm::proxy {

/// Connects a session to a server, through an upstream proxy where there is one for it, and records
/// that. Refuses to connect the proxy to itself, which would go round until there are no more
/// sockets. Loop thread only.
class ServerDialer {
 public:
  /// What went wrong, or nothing: then session.server() is the connection, handled by `phase`.
  using Done = std::function<void(const std::optional<flow::FlowError>&)>;

  ServerDialer(Session& session, net::StreamHandler& phase) : session_(session), phase_(phase) {}
  ServerDialer(const ServerDialer&) = delete;
  ServerDialer& operator=(const ServerDialer&) = delete;
  ~ServerDialer() { drop_link(); }

  /// `done` is called once, never from here, and only while the session is in the phase that it was
  /// in. `flow`: whose connection it is recorded as; 0 for the whole client connection. With
  /// Purpose::kRequests the connection may be one to an upstream proxy for HTTP itself.
  void dial(const flow::Target& target, flow::FlowId flow, Done done,
            Purpose purpose = Purpose::kTunnel);
  /// Of the connection that was made last; empty where an upstream proxy knows it and we do not.
  [[nodiscard]] const flow::Endpoint& server() const { return server_; }

 private:
  struct Attempt {
    flow::Target target;
    flow::FlowId flow = 0;
    Route route = {};
    const Phase* phase = nullptr;
    flow::ServerConnected connected = {};
  };

  void on_connected(std::expected<net::Connected, net::ConnectFailure> result);
  void link(Fd fd);
  void on_linked(std::expected<std::unique_ptr<net::Stream>, flow::FlowError> made);
  void adopt(std::unique_ptr<net::Stream> stream);
  [[nodiscard]] flow::FlowError error_of(const net::ConnectFailure& failure) const;
  void finish(const std::optional<flow::FlowError>& error);
  void drop_link();

  Session& session_;
  net::StreamHandler& phase_;
  Attempt attempt_;
  Done done_;
  std::optional<net::Connector> connector_;
  std::unique_ptr<UpstreamLink> link_;
  net::OwnSockets::Claim claim_;
  flow::Endpoint server_;
};

}  // namespace mitm::proxy
