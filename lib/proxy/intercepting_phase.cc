#include <fmt/format.h>

#include <utility>

#include "lib/proxy/phases.h"
#include "lib/proxy/tls_legs.h"

// The server's handshake comes first, with what the client asked for, because only the server knows
// its names and its choice of protocol. The client's ClientHello waits meanwhile.
//
//   server's handshake ─┬─▶ client's handshake ─▶ relaying
//           │           └─▶ reaching ─▶ relaying: the server wants what only the client can do
//           └─▶ client's handshake, to apologize ─▶ apologizing

namespace mitm::proxy {
namespace {

class InterceptingPhase final : public Phase {
 public:
  InterceptingPhase(Session& session, Whereabouts where, OpenTls decision, TlsClient client)
      : Phase(session),
        legs_(session, *this, std::move(where), std::move(decision), std::move(client)),
        deadline_(*this, [this] { on_timeout(); }) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    deadline_.start(session().environment().settings.handshake_timeout);
    if (Status begun = legs_.begin_server(legs_.decision().alpn); !begun)
      apologize({"tls-server", begun.error().message});
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }

  void on_handshake(net::Stream& stream) override {
    session().side_of(stream) == flow::Side::kServer ? on_server_handshake(stream)
                                                     : on_client_handshake();
  }

  void on_output_low(net::Stream&) override {
    if (leaf_ && !client_started_) start_client_handshake();
  }

  void on_end(net::Stream& stream, bool) override {
    on_failure(stream, {.error = {Code::kPeer, "the connection was closed"}, .alert = {}});
  }
  void on_error(net::Stream& stream, net::StreamError error) override { on_failure(stream, error); }

 private:
  void on_server_handshake(net::Stream& server) {
    server.pause(net::Pause::kUndecided);
    server_facts_ = legs_.finish_server();
    // Before its certificate is judged: the client will do that, perhaps by another authority.
    if (auto why = legs_.reason_to_pass(server, std::nullopt)) return pass(*std::move(why));
    if (auto objection = legs_.objection_to_server()) return apologize(*std::move(objection));
    choose_leaf(server_facts_.chain);
  }

  void choose_leaf(std::shared_ptr<const flow::CertificateChain> original) {
    auto leaf = legs_.leaf_for(std::move(original));
    if (!leaf) return give_up({"tls-client", leaf.error().message});
    leaf_ = *std::move(leaf);
    start_client_handshake();
  }

  void start_client_handshake() {
    // The answer to CONNECT must be out before the socket changes hands.
    if (evbuffer_get_length(session().client().output()) > 0) return;
    client_started_ = true;
    deadline_.start(session().environment().settings.handshake_timeout);
    if (Status begun = legs_.begin_client(*leaf_, client_alpn()); !begun)
      give_up({"tls-client", begun.error().message});
  }

  /// What the server chose; the apology speaks HTTP/1.1.
  std::string client_alpn() const {
    if (!apology_) return server_facts_.alpn;
    const auto& offered = legs_.decision().alpn;
    return offered.empty() ? std::string() : offered.front();
  }

  void on_client_handshake() {
    legs_.finish_client();
    session().enter(apology_ ? legs_.apologize(*apology_) : legs_.relay());
  }

  void on_failure(const net::Stream& stream, const net::StreamError& error) {
    const std::string& reason = error.error.message;
    if (session().side_of(stream) == flow::Side::kClient) {
      if (client_started_ && !apology_) legs_.note_client_failure(error);
      return give_up({"tls-client", fmt::format("TLS handshake with the client: {}", reason)});
    }
    auto failure = TlsLegs::server_failure(stream, reason);
    if (leaf_) return give_up(failure);
    if (auto why = legs_.reason_to_pass(stream, error.alert)) return pass(*std::move(why));
    apologize(std::move(failure));
  }

  void on_timeout() {
    if (leaf_) return give_up({"timeout", "the client did not finish its TLS handshake"});
    apologize({"timeout", "the server did not finish its TLS handshake"});
  }

  /// The client's handshake is finished without the server, to tell it why.
  void apologize(flow::FlowError error) {
    apology_ = std::move(error);
    session().set_server(nullptr);
    choose_leaf(nullptr);
  }

  /// Begins anew with the server, which gets what the client has sent.
  void pass(flow::Anomaly why) {
    session().enter(make_reaching_phase(
        session(), legs_.target(), flow::Kind::kTls, [&session = session(), why = std::move(why)] {
          return make_relaying_phase(session,
                                     make_passing_tap(session.journal(), flow::Kind::kTls, {why}));
        }));
  }

  void give_up(const flow::FlowError& error) {
    record_failure(apology_ ? *apology_ : error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_failed_flow(flow::Kind::kTls, error);
  }

  TlsLegs legs_;
  PhaseTimer deadline_;
  flow::TlsFacts server_facts_;
  std::shared_ptr<const tls::Leaf> leaf_;
  bool client_started_ = false;
  std::optional<flow::FlowError> apology_;
};

}  // namespace

std::unique_ptr<Phase> make_intercepting_phase(Session& session, Whereabouts where,
                                               OpenTls decision, TlsClient client) {
  return std::make_unique<InterceptingPhase>(session, std::move(where), std::move(decision),
                                             std::move(client));
}

}  // namespace mitm::proxy
