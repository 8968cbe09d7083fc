#include <fmt/format.h>

#include <utility>

#include "lib/proxy/phases.h"
#include "lib/proxy/tls_legs.h"

namespace mitm::proxy {
namespace {

class WelcomingPhase final : public Phase {
 public:
  using Next = std::function<std::unique_ptr<Phase>(const TlsClient&)>;

  WelcomingPhase(Session& session, const Whereabouts& where, OpenTls decision,
                 std::optional<flow::FlowError> unreachable, Next next)
      : Phase(session),
        legs_(session, *this, where, std::move(decision),
              {.address = session.from().address,
               .ja4 = {},
               .server = where.known_as(),
               .can_be_passed = false}),
        unreachable_(std::move(unreachable)),
        next_(std::move(next)),
        deadline_(*this,
                  [this] { give_up({"timeout", "the client did not finish its TLS handshake"}); }) {
  }

  void start() override {
    if (session().server() != nullptr) session().server()->pause(net::Pause::kUndecided);
    deadline_.start(session().environment().settings.handshake_timeout);
    const auto leaf = legs_.leaf_for(legs_.server_chain());
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
    session().enter(next_(legs_.client()));
  }
  void on_end(net::Stream& stream, bool) override {
    // Whoever comes next notices, and asks it again where that can be done.
    if (is_server(stream)) return;
    note_failure({.error = {Code::kPeer, {}}, .alert = {}});
    give_up({"tls-client", "the client closed the connection during the TLS handshake"});
  }
  void on_error(net::Stream& stream, net::StreamError error) override {
    if (is_server(stream)) return give_up({"server-reset", error.error.message});
    note_failure(error);
    give_up({"tls-client", fmt::format("TLS handshake with the client: {}", error.error.message)});
  }

 private:
  [[nodiscard]] bool is_server(const net::Stream& stream) const {
    return session().side_of(stream) == flow::Side::kServer;
  }

  /// Without the server our certificate lacks names that the client may have missed.
  void note_failure(const net::StreamError& error) const {
    if (!unreachable_) legs_.note_client_failure(error);
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    const auto& journal = session().journal();
    const auto& cause = unreachable_ ? *unreachable_ : error;
    if (session().had_server()) return journal.write_failed_flow(flow::Kind::kTls, cause);
    journal.write_unreached(legs_.target(), flow::Kind::kTls, cause);
  }

  TlsLegs legs_;
  const std::optional<flow::FlowError> unreachable_;
  Next next_;
  PhaseTimer deadline_;
};

}  // namespace

std::unique_ptr<Phase> make_welcoming_phase(
    Session& session, const Whereabouts& where, OpenTls decision,
    std::optional<flow::FlowError> unreachable,
    std::function<std::unique_ptr<Phase>(const TlsClient& client)> next) {
  return std::make_unique<WelcomingPhase>(session, where, std::move(decision),
                                          std::move(unreachable), std::move(next));
}

}  // namespace mitm::proxy
