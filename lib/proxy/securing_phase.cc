#include <utility>

#include "lib/proxy/gateway_dialer.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

class SecuringPhase final : public Phase {
 public:
  SecuringPhase(Session& session, Whereabouts where)
      : Phase(session), where_(std::move(where)), dialer_(session, *this) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    dialer_.dial(target(), 0, where_.ask.empty() ? where_.host : where_.ask,
                 [this](const auto& error) { error ? give_up(*error) : go_on(); });
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_handshake(net::Stream&) override { dialer_.on_handshake(); }
  void on_end(net::Stream& stream, bool) override {
    if (session().side_of(stream) == flow::Side::kServer)
      dialer_.on_gone("the connection was closed");
  }
  void on_error(net::Stream& stream, net::StreamError error) override {
    if (session().side_of(stream) == flow::Side::kServer)
      return dialer_.on_gone(error.error.message);
    give_up({"client-reset", error.error.message});
  }

 private:
  [[nodiscard]] flow::Target target() const { return {where_.host, where_.port}; }

  /// The client may have been silent only so far, and want TLS as well.
  void go_on() {
    where_.secured = true;
    session().client().resume(net::Pause::kUndecided);
    session().enter(make_sniffing_phase(session(), where_));
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().client().abort();
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(target(), flow::Kind::kTls, error);
  }

  Whereabouts where_;
  GatewayDialer dialer_;
};

}  // namespace

std::unique_ptr<Phase> make_securing_phase(Session& session, Whereabouts where) {
  return std::make_unique<SecuringPhase>(session, std::move(where));
}

}  // namespace mitm::proxy
