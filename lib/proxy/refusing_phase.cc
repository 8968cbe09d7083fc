#include <utility>

#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

class RefusingPhase final : public Phase {
 public:
  RefusingPhase(Session& session, flow::FlowError error, std::string hint)
      : Phase(session), error_(std::move(error)), hint_(std::move(hint)) {}

  void start() override {
    record();
    session().environment().report(error_, hint_);
    session().client().abort();
    session().close(error_);
  }
  void cut(const flow::FlowError&) override { record(); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }
  void on_end(net::Stream&, bool) override {}
  void on_error(net::Stream&, net::StreamError) override {}

 private:
  void record() { session().journal().write_failed_flow(flow::Kind::kTcp, error_); }

  flow::FlowError error_;
  std::string hint_;
};

}  // namespace

std::unique_ptr<Phase> make_refusing_phase(Session& session, flow::FlowError error,
                                           std::string hint) {
  return std::make_unique<RefusingPhase>(session, std::move(error), std::move(hint));
}

}  // namespace mitm::proxy
