#include <utility>

#include "lib/proxy/phases.h"
#include "lib/proxy/tls_dialer.h"

namespace mitm::proxy {
namespace {

class SecuringPhase final : public Phase {
 public:
  using Next = std::function<std::unique_ptr<Phase>(const std::optional<flow::FlowError>&)>;

  SecuringPhase(Session& session, flow::Target target, std::string name, Next next)
      : Phase(session),
        target_(std::move(target)),
        name_(std::move(name)),
        next_(std::move(next)),
        dialer_(session, *this) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    dialer_.dial(target_, 0, name_, [this](const auto& error) { go_on(error); });
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
  void go_on(const std::optional<flow::FlowError>& error) {
    auto next = next_(error);
    if (!next) return give_up(*error);
    session().client().resume(net::Pause::kUndecided);
    session().enter(std::move(next));
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().client().abort();
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(target_, flow::Kind::kTls, error);
  }

  const flow::Target target_;
  const std::string name_;
  Next next_;
  TlsDialer dialer_;
};

}  // namespace

std::unique_ptr<Phase> make_securing_phase(
    Session& session, flow::Target target, std::string name,
    std::function<std::unique_ptr<Phase>(const std::optional<flow::FlowError>& error)> next) {
  return std::make_unique<SecuringPhase>(session, std::move(target), std::move(name),
                                         std::move(next));
}

}  // namespace mitm::proxy
