#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/server_dialer.h"

namespace mitm::proxy {
namespace {

class ConnectingPhase final : public Phase {
 public:
  ConnectingPhase(Session& session, flow::Target target, TunnelKind kind)
      : Phase(session), target_(std::move(target)), kind_(kind), dialer_(session, *this) {}

  void start() override {
    if (session().environment().settings.connect_lazily) return accept("");
    dialer_.dial(target_, 0, [this](const auto& error) {
      error ? refuse(*error) : accept(dialer_.server().address);
    });
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_input(net::Stream& client) override {
    // Read on, so that the client's going away is noticed, but not without bound.
    if (evbuffer_get_length(client.input()) > net::kHighMark) client.pause(net::Pause::kUndecided);
  }
  void on_end(net::Stream&, bool) override {
    client_gone("the client went away before the server was reached");
  }
  void on_error(net::Stream&, net::StreamError error) override { client_gone(error.error.message); }

 private:
  void accept(std::string address) {
    net::append(session().client().output(), tunnel_made(kind_));
    session().enter(make_sniffing_phase(
        session(),
        {.sni = {}, .host = target_.host, .address = std::move(address), .port = target_.port}));
  }

  void refuse(const flow::FlowError& error) {
    record_failure(error);
    net::discard_all(session().client().input());
    session().enter(make_replying_phase(session(), tunnel_refused(kind_, error), error));
  }

  void client_gone(std::string reason) {
    const flow::FlowError error{"client-reset", std::move(reason)};
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(target_, flow::Kind::kTcp, error);
  }

  flow::Target target_;
  TunnelKind kind_;
  ServerDialer dialer_;
};

}  // namespace

std::unique_ptr<Phase> make_connecting_phase(Session& session, flow::Target target,
                                             TunnelKind kind) {
  return std::make_unique<ConnectingPhase>(session, std::move(target), kind);
}

}  // namespace mitm::proxy
