#include "lib/proxy/server_dialer.h"

#include <fmt/format.h>

#include <utility>

namespace mitm::proxy {

void ServerDialer::dial(const flow::Target& target, flow::FlowId flow, Done done) {
  auto& env = session_.environment();
  const Phase* phase = session_.phase();
  connector_.emplace(
      env.loop, env.resolver, target, env.settings.connect_timeout,
      [this, phase, target, flow, done = std::move(done)](auto result) {
        if (session_.phase() == phase) done(adopt(std::move(result), target, flow));
      },
      [this, &own = env.own_sockets](int fd, const net::SocketAddress& address) {
        return own.connect(fd, address, claim_);
      });
}

std::optional<flow::FlowError> ServerDialer::adopt(
    std::expected<net::Connected, net::ConnectFailure> result, const flow::Target& target,
    flow::FlowId flow) {
  if (!result) return flow::FlowError{result.error().kind, result.error().error.message};
  auto& env = session_.environment();
  if (env.own_sockets.listens_at(result->server)) {
    return flow::FlowError{"loop", fmt::format("{} is this proxy itself", to_string(target))};
  }
  server_ = result->server;
  session_.journal().write(
      flow, flow::ServerConnected{target, result->server, result->resolve, result->connect});
  session_.set_server(net::make_stream(env.loop, std::move(result->fd), phase_));
  session_.keep_claim(std::move(claim_));
  return std::nullopt;
}

}  // namespace mitm::proxy
