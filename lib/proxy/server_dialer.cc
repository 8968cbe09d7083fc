#include "lib/proxy/server_dialer.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/failure_hint.h"

namespace mitm::proxy {

void ServerDialer::dial(const flow::Target& target, flow::FlowId flow, Done done, Purpose purpose) {
  auto& env = session_.environment();
  drop_link();
  session_.unsettle();
  done_ = std::move(done);
  attempt_ = {.target = target,
              .flow = flow,
              .route = env.settings.routes.find(target, purpose),
              .phase = session_.phase()};
  connector_.emplace(
      env.loop, env.resolver, attempt_.route.hop(), env.settings.connect_timeout,
      [this](auto result) {
        if (session_.phase() == attempt_.phase) on_connected(std::move(result));
      },
      [&own = env.own_sockets](int fd, const net::SocketAddress& address,
                               net::OwnSockets::Claim& claim) {
        return own.connect(fd, address, claim);
      },
      attempt_.route.known);
}

flow::FlowError ServerDialer::error_of(const net::ConnectFailure& failure) const {
  const auto& upstream = attempt_.route.upstream;
  if (upstream) return upstream_error(*upstream, failure.error.message);
  return {failure.kind, failure.error.message};
}

void ServerDialer::on_connected(std::expected<net::Connected, net::ConnectFailure> result) {
  if (!result) return finish(error_of(result.error()));
  claim_ = std::move(result->keep);
  auto& env = session_.environment();
  if (env.own_sockets.listens_at(result->server)) {
    return finish(flow::FlowError{
        "loop", fmt::format("{} is this proxy itself", to_string(attempt_.route.hop()))});
  }
  attempt_.connected = {attempt_.target, result->server, result->resolve, result->connect};
  if (attempt_.route.upstream) return link(std::move(result->fd));
  server_ = result->server;
  adopt(net::make_stream(env.loop, std::move(result->fd), phase_));
}

void ServerDialer::link(Fd fd) {
  server_ = {};
  auto& env = session_.environment();
  const auto& [server, upstream, known, purpose] = attempt_.route;
  const bool as_it_is =
      purpose == Purpose::kRequests && upstream->scheme == Upstream::Scheme::kHttp;
  if (as_it_is) return adopt(net::make_stream(env.loop, std::move(fd), phase_));
  link_ = std::make_unique<UpstreamLink>(env, upstream, server, purpose, std::move(fd),
                                         [this](auto made) { on_linked(std::move(made)); });
}

void ServerDialer::on_linked(std::expected<std::unique_ptr<net::Stream>, flow::FlowError> made) {
  if (session_.phase() != attempt_.phase) {
    if (!made) return;
    // One of its callbacks is what has led here.
    (*made)->silence();
    return session_.environment().loop.retire(*std::move(made));
  }
  if (!made) return finish(made.error());
  (*made)->set_handler(phase_);
  adopt(*std::move(made));
}

void ServerDialer::adopt(std::unique_ptr<net::Stream> stream) {
  session_.journal().write(attempt_.flow, attempt_.connected);
  session_.set_server(std::move(stream));
  if (attempt_.route.upstream) {
    // What came along with the proxy's answer has no event of its own.
    session_.server()->pause(net::Pause::kUndecided);
    session_.server()->resume(net::Pause::kUndecided);
  }
  session_.keep_claim(std::move(claim_));
  finish(std::nullopt);
}

void ServerDialer::finish(const std::optional<flow::FlowError>& error) {
  if (error && error->kind == "upstream")
    session_.environment().report(*error, failure_hint(*error));
  std::exchange(done_, nullptr)(error);
}

void ServerDialer::drop_link() {
  if (!link_) return;
  link_->abandon();
  session_.environment().loop.retire(std::move(link_));
}

}  // namespace mitm::proxy
