#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/phases.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {
namespace {

/// How long a client that now has a TLS connection may take to ask for something.
constexpr std::chrono::seconds kPatience{10};

class ApologizingPhase final : public Phase {
 public:
  ApologizingPhase(Session& session, TapTarget target, Page page, flow::FlowError error)
      : Phase(session),
        page_(std::move(page)),
        error_(std::move(error)),
        recording_(session.journal(), session.environment().settings.recording,
                   std::move(target.scheme), std::move(target.authority)),
        deadline_(*this, [this] { end_without_request(); }) {}

  void start() override {
    deadline_.start(kPatience);
    auto& client = session().client();
    if (evbuffer_get_length(client.input()) > 0) return on_input(client);
    if (client.ended_clean()) end_without_request();
  }

  void cut(const flow::FlowError&) override { record(); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_input(net::Stream& client) override {
    const Bytes bytes = net::take_all(client.input());
    requests_.feed(bytes);
    while (true) {
      const wire::Event event = requests_.next();
      if (std::holds_alternative<wire::NeedData>(event) ||
          std::holds_alternative<wire::Paused>(event))
        return form_ ? answer() : void();
      if (std::holds_alternative<wire::Failed>(event))
        return form_ ? answer() : end_without_request();
      recording_.on_request(event);
      if (const auto* head = std::get_if<wire::RequestHead>(&event))
        form_ = form_for(head->method, head->fields);
      // The rest of the request is recorded as far as it has come; it is not waited for.
      if (std::holds_alternative<wire::MessageEnd>(event)) return answer();
    }
  }

  void on_end(net::Stream&, bool) override { end_without_request(); }
  void on_error(net::Stream&, net::StreamError) override { end_without_request(); }

 private:
  void answer() {
    record();
    session().enter(make_replying_phase(session(), render_page(page_, *form_), error_));
  }

  void end_without_request() {
    record();
    session().close(error_);
  }

  void record() {
    if (form_) return recording_.close(error_);
    session().journal().write_failed_flow(flow::Kind::kTls, error_);
  }

  Page page_;
  flow::FlowError error_;
  Http1Recording recording_;
  wire::Http1Decoder requests_{wire::Role::kRequest};
  PhaseTimer deadline_;
  std::optional<PageForm> form_;  ///< of the answer, once there is a request
};

}  // namespace

std::unique_ptr<Phase> make_apologizing_phase(Session& session, TapTarget target, Page page,
                                              flow::FlowError error) {
  return std::make_unique<ApologizingPhase>(session, std::move(target), std::move(page),
                                            std::move(error));
}

}  // namespace mitm::proxy
