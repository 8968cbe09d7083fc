#include "lib/proxy/tls_dialer.h"

#include <utility>

namespace mitm::proxy {

TlsDialer::TlsDialer(Session& session, Phase& phase)
    : session_(session), phase_(phase), dialer_(session, phase), deadline_(phase, [this] {
        finish(flow::FlowError{"timeout", "the server did not finish its TLS handshake"});
      }) {}

void TlsDialer::dial(const flow::Target& target, flow::FlowId flow,
                     std::optional<std::string> tls_name, Done done, Purpose purpose) {
  legs_.reset();
  deadline_.cancel();
  done_ = std::move(done);
  dialer_.dial(
      target, flow,
      [this, target, name = std::move(tls_name)](const auto& error) {
        if (error || !name) return finish(error);
        start_tls(target, *name);
      },
      purpose);
}

void TlsDialer::start_tls(const flow::Target& target, const std::string& name) {
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

void TlsDialer::on_handshake() {
  if (!legs_) return;
  legs_->finish_server();
  finish(legs_->objection_to_server());
}

void TlsDialer::on_gone(const std::string& reason) {
  finish(TlsLegs::server_failure(*session_.server(), reason));
}

void TlsDialer::finish(const std::optional<flow::FlowError>& error) {
  legs_.reset();
  deadline_.cancel();
  if (error) session_.set_server(nullptr);
  std::exchange(done_, nullptr)(error);
}

}  // namespace mitm::proxy
