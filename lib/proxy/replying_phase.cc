#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/timer.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

/// How long a client may take to close after our last words. Closing at once while it still sends
/// would reset the connection and could destroy them on their way (RFC 9112, section 9.6).
constexpr std::chrono::seconds kPatience{2};

class ReplyingPhase final : public Phase {
 public:
  ReplyingPhase(Session& session, Bytes reply, std::optional<flow::FlowError> error)
      : Phase(session),
        reply_(std::move(reply)),
        error_(std::move(error)),
        deadline_(session.environment().loop, [this] {
          if (current()) this->session().close(error_);
        }) {}

  void start() override {
    session().set_server(nullptr);
    auto& client = session().client();
    client.resume(net::Pause::kPeer);
    client.resume(net::Pause::kUndecided);
    net::append(client.output(), reply_);
    client.finish(true);
    on_output_low(client);
  }

  void cut(const flow::FlowError&) override {}
  [[nodiscard]] bool idle() const override { return session().client().finished(); }

  void on_input(net::Stream& client) override { net::discard_all(client.input()); }
  void on_output_low(net::Stream& client) override {
    if (!client.finished()) return;
    if (client.ended_clean()) return session().close(error_);
    deadline_.start(kPatience);
  }
  void on_end(net::Stream& client, bool) override {
    if (client.finished()) session().close(error_);
  }
  void on_output_closed(net::Stream&) override { session().close(error_); }
  void on_error(net::Stream&, net::StreamError) override { session().close(error_); }

 private:
  Bytes reply_;
  std::optional<flow::FlowError> error_;
  net::Timer deadline_;
};

}  // namespace

std::unique_ptr<Phase> make_replying_phase(Session& session, Bytes reply,
                                           std::optional<flow::FlowError> error) {
  return std::make_unique<ReplyingPhase>(session, std::move(reply), std::move(error));
}

}  // namespace mitm::proxy
