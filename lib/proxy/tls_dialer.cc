#include "lib/proxy/gateway_dialer.h"

#include <fmt/format.h>

#include <utility>

#include "lib/tls/verify.h"

namespace mitm::proxy {

GatewayDialer::GatewayDialer(Session& session, net::StreamHandler& phase)
    : session_(session),
      phase_(phase),
      dialer_(session, phase),
      deadline_(session.environment().loop, [this] {
        if (legs_ && session_.phase() == at_)
          finish(flow::FlowError{"timeout", "the server did not finish its TLS handshake"});
      }) {}

void GatewayDialer::dial(const flow::Target& target, flow::FlowId flow,
                         std::optional<std::string> tls_name, Done done, Purpose purpose) {
  legs_.reset();
  deadline_.cancel();
  at_ = session_.phase();
  done_ = std::move(done);
  dialer_.dial(
      target, flow,
      [this, target, name = std::move(tls_name)](const auto& error) {
        if (error || !name) return finish(error);
        start_tls(target, *name);
      },
      purpose);
}

void GatewayDialer::start_tls(const flow::Target& target, const std::string& name) {
  legs_.emplace(session_, phase_,
                Whereabouts{.sni = {},
                            .host = target.host,
                            .address = dialer_.server().address,
                            .port = target.port,
                            .ask = name},
                OpenTls{}, TlsClient{});
  deadline_.start(session_.environment().settings.handshake_timeout);
  if (Status begun = legs_->begin_server({"http/1.1"}); !begun)
    finish(flow::FlowError{"tls-server", begun.error().message});
}

void GatewayDialer::on_handshake() {
  if (!legs_) return;
  legs_->finish_server();
  const auto outcome = tls::verify_outcome(session_.server()->ssl());
  if (!outcome.accepted) return finish(flow::FlowError{"tls-verify", outcome.reason});
  finish(std::nullopt);
}

void GatewayDialer::on_gone(const std::string& reason) {
  const auto outcome = tls::verify_outcome(session_.server()->ssl());
  const bool judged = tls::withheld_identity(session_.server()->ssl());
  finish(judged ? flow::FlowError{"tls-verify", outcome.reason}
                : flow::FlowError{"tls-server",
                                  fmt::format("TLS handshake with the server: {}", reason)});
}

void GatewayDialer::finish(const std::optional<flow::FlowError>& error) {
  legs_.reset();
  deadline_.cancel();
  if (error) session_.set_server(nullptr);
  std::exchange(done_, nullptr)(error);
}

}  // namespace mitm::proxy
