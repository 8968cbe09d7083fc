#include <fmt/format.h>

#include <utility>

#include "lib/net/timer.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/tls_legs.h"

namespace mitm::proxy {
namespace {

class WelcomingPhase final : public Phase {
 public:
  WelcomingPhase(Session& session, Whereabouts where, OpenTls decision,
                 std::function<std::unique_ptr<Phase>()> next)
      : Phase(session),
        legs_(session, *this, std::move(where), std::move(decision), {}),
        next_(std::move(next)),
        deadline_(session.environment().loop, [this] {
          if (current()) give_up({"timeout", "the client did not finish its TLS handshake"});
        }) {}

  void start() override {
    deadline_.start(session().environment().settings.handshake_timeout);
    const auto leaf = legs_.leaf_for(nullptr);
    if (!leaf) return give_up({"tls-client", leaf.error().message});
    const auto& offered = legs_.decision().alpn;
    const Status begun =
        legs_.begin_client(**leaf, offered.empty() ? std::string() : offered.front());
    if (!begun) give_up({"tls-client", begun.error().message});
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_handshake(net::Stream&) override {
    legs_.finish_client();
    session().enter(next_());
  }
  void on_end(net::Stream&, bool) override {
    give_up({"tls-client", "the client closed the connection during the TLS handshake"});
  }
  void on_error(net::Stream&, net::StreamError error) override {
    give_up({"tls-client", fmt::format("TLS handshake with the client: {}", error.error.message)});
  }

 private:
  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(legs_.target(), flow::Kind::kTls, error);
  }

  TlsLegs legs_;
  std::function<std::unique_ptr<Phase>()> next_;
  net::Timer deadline_;
};

}  // namespace

std::unique_ptr<Phase> make_welcoming_phase(Session& session, Whereabouts where, OpenTls decision,
                                            std::function<std::unique_ptr<Phase>()> next) {
  return std::make_unique<WelcomingPhase>(session, std::move(where), std::move(decision),
                                          std::move(next));
}

}  // namespace mitm::proxy
