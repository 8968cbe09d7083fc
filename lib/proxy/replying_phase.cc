#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/farewell.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

class ReplyingPhase final : public Phase {
 public:
  ReplyingPhase(Session& session, Bytes reply, std::optional<flow::FlowError> error,
                Farewell::Ending ending)
      : Phase(session),
        reply_(std::move(reply)),
        error_(std::move(error)),
        ending_(ending),
        farewell_(session.environment().loop, session.environment().settings,
                  [this](bool all_taken) {
                    if (current()) close(all_taken);
                  }) {}

  void start() override {
    session().set_server(nullptr);
    auto& client = session().client();
    client.resume(net::Pause::kPeer);
    client.resume(net::Pause::kUndecided);
    net::append(client.output(), reply_);
    farewell_.start(client, ending_);
  }

  void cut(const flow::FlowError&) override {}
  [[nodiscard]] bool idle() const override { return session().client().finished(); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_input(net::Stream& client) override { net::discard_all(client.input()); }
  void on_output_low(net::Stream&) override { farewell_.check(); }
  void on_end(net::Stream&, bool) override { farewell_.check(); }
  void on_output_closed(net::Stream&) override { lose("the client reset the connection"); }
  void on_error(net::Stream& client, net::StreamError error) override {
    client.finished() ? session().close(error_) : lose(error.error.message);
  }

 private:
  /// The client is gone before everything was on its way to it.
  void lose(std::string reason) {
    if (!error_) error_ = flow::FlowError{"client-reset", std::move(reason)};
    session().close(error_);
  }

  /// A client that stopped reading must not take what it got for all there was.
  void close(bool all_taken) {
    const bool cut = !all_taken && evbuffer_get_length(session().client().output()) > 0;
    if (cut && !error_) error_ = flow::FlowError{"timeout", "the client stopped reading"};
    if (cut || ending_ == Farewell::Ending::kReset) session().client().abort();
    session().close(error_);
  }

  Bytes reply_;
  std::optional<flow::FlowError> error_;
  Farewell::Ending ending_;
  Farewell farewell_;
};

}  // namespace

std::unique_ptr<Phase> make_replying_phase(Session& session, Bytes reply,
                                           std::optional<flow::FlowError> error,
                                           Farewell::Ending ending) {
  return std::make_unique<ReplyingPhase>(session, std::move(reply), std::move(error), ending);
}

}  // namespace mitm::proxy
