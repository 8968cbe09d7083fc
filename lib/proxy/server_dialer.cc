#include "lib/proxy/server_dialer.h"

#include <fmt/format.h>

#include <utility>

namespace mitm::proxy {

void ServerDialer::dial(const flow::Target& target, flow::FlowId flow, Done done) {
  auto& env = session_.environment();
  const Phase* phase = session_.phase();
  connector_.emplace(env.loop, env.resolver, target, env.settings.connect_timeout,
                     [this, phase, target, flow, done = std::move(done)](auto result) {
                       if (session_.phase() == phase) done(adopt(std::move(result), target, flow));
                     });
}

std::optional<flow::FlowError> ServerDialer::adopt(
    std::expected<net::Connected, net::ConnectFailure> result, const flow::Target& target,
    flow::FlowId flow) {
  if (!result) return flow::FlowError{result.error().kind, result.error().error.message};
  auto& env = session_.environment();
  if (result->server == env.listener) {
    return flow::FlowError{"connect-failed",
                           fmt::format("{} is this proxy itself", to_string(target))};
  }
  server_ = result->server;
  session_.journal().write(
      flow, flow::ServerConnected{target, result->server, result->resolve, result->connect});
  session_.set_server(net::make_stream(env.loop, std::move(result->fd), phase_));
  return std::nullopt;
}

}  // namespace mitm::proxy
