#include <utility>

#include "lib/proxy/phases.h"
#include "lib/proxy/server_dialer.h"

namespace mitm::proxy {
namespace {

class ReachingPhase final : public Phase {
 public:
  ReachingPhase(Session& session, flow::Target target, flow::Kind kind,
                std::function<std::unique_ptr<Phase>()> next)
      : Phase(session),
        target_(std::move(target)),
        kind_(kind),
        next_(std::move(next)),
        dialer_(session, *this) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    session().set_server(nullptr);
    dialer_.dial(target_, 0, [this](const auto& error) {
      if (error) return give_up(*error);
      session().client().resume(net::Pause::kUndecided);
      session().enter(next_());
    });
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_end(net::Stream&, bool) override {}  // for the next phase to judge
  void on_error(net::Stream& stream, net::StreamError error) override {
    const bool client = session().side_of(stream) == flow::Side::kClient;
    give_up({client ? "client-reset" : "server-reset", error.error.message});
  }

 private:
  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().client().abort();
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(target_, kind_, error);
  }

  flow::Target target_;
  flow::Kind kind_;
  std::function<std::unique_ptr<Phase>()> next_;
  ServerDialer dialer_;
};

}  // namespace

std::unique_ptr<Phase> make_reaching_phase(Session& session, flow::Target target, flow::Kind kind,
                                           std::function<std::unique_ptr<Phase>()> next) {
  return std::make_unique<ReachingPhase>(session, std::move(target), kind, std::move(next));
}

}  // namespace mitm::proxy
