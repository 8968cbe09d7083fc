#include <fmt/format.h>

#include <utility>

#include "lib/proxy/phases.h"
#include "lib/proxy/server_dialer.h"
#include "lib/proxy/tls_legs.h"

// The client's handshake comes first, with a leaf that knows no more than the name it asked for, so
// that it also works where there is no server. What goes wrong with that is told to its first
// request.
//
//   kWaiting ─▶ kClientHandshake ─▶ kQuiet ─▶ kConnecting ─▶ kServerHandshake ─▶ relaying
//                                                 └────────────────┴─▶ apologizing

namespace mitm::proxy {
namespace {

class LazyPhase final : public Phase {
 public:
  LazyPhase(Session& session, Whereabouts where, OpenTls decision, TlsClient client)
      : Phase(session),
        legs_(session, *this, std::move(where), std::move(decision), std::move(client)),
        dialer_(session, *this),
        silence_(*this, [this] { connect(); }),
        handshake_(*this, [this] { on_timeout(); }) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    handshake_.start(session().environment().settings.handshake_timeout);
    begin_client();
  }

  void cut(const flow::FlowError& error) override {
    if (!idle()) record_failure(error);
  }
  [[nodiscard]] bool idle() const override { return state_ == State::kQuiet; }
  [[nodiscard]] Waiting waiting() const override {
    return state_ == State::kQuiet ? Waiting::kPeers : Waiting::kElse;
  }

  void on_output_low(net::Stream&) override {
    if (state_ == State::kWaiting) begin_client();
  }

  void on_handshake(net::Stream& stream) override {
    if (session().side_of(stream) == flow::Side::kServer) return on_server_handshake(stream);
    alpn_ = legs_.finish_client().alpn;
    handshake_.cancel();
    state_ = State::kQuiet;
    // Who agreed on HTTP speaks first.
    if (alpn_.empty()) silence_.start(kSilence);
  }

  void on_input(net::Stream& stream) override {
    if (session().side_of(stream) == flow::Side::kClient && state_ == State::kQuiet) connect();
  }

  void on_end(net::Stream& stream, bool) override {
    on_failure(stream, {.error = {Code::kPeer, "the connection was closed"}, .alert = {}});
  }
  void on_error(net::Stream& stream, net::StreamError error) override { on_failure(stream, error); }

 private:
  /// kWaiting: the answer to CONNECT is not out yet.
  enum class State : std::uint8_t {
    kWaiting,
    kClientHandshake,
    kQuiet,
    kConnecting,
    kServerHandshake
  };

  void begin_client() {
    if (evbuffer_get_length(session().client().output()) > 0) return;
    const auto leaf = legs_.leaf_for(nullptr);
    if (!leaf) return give_up({"tls-client", leaf.error().message});
    state_ = State::kClientHandshake;
    const auto& offered = legs_.decision().alpn;
    const Status begun =
        legs_.begin_client(**leaf, offered.empty() ? std::string() : offered.front());
    if (!begun) give_up({"tls-client", begun.error().message});
  }

  void connect() {
    state_ = State::kConnecting;
    session().note_asking();
    silence_.cancel();
    session().client().pause(net::Pause::kUndecided);
    dialer_.dial(legs_.target(), 0, [this](const auto& error) {
      if (error) return apologize(*error);
      state_ = State::kServerHandshake;
      handshake_.start(session().environment().settings.handshake_timeout);
      const auto alpn = alpn_.empty() ? std::vector<std::string>() : std::vector{alpn_};
      if (Status begun = legs_.begin_server(alpn); !begun)
        apologize({"tls-server", begun.error().message});
    });
  }

  void on_server_handshake(net::Stream& server) {
    server.pause(net::Pause::kUndecided);
    legs_.finish_server();
    if (const auto objection = legs_.objection_to_server()) return apologize(*objection);
    session().enter(legs_.relay());
  }

  void on_failure(const net::Stream& stream, const net::StreamError& error) {
    const std::string& message = error.error.message;
    if (session().side_of(stream) == flow::Side::kServer)
      return apologize(TlsLegs::server_failure(stream, message));
    if (state_ == State::kQuiet) return session().close();
    if (state_ == State::kClientHandshake) legs_.note_client_failure(error);
    give_up({"tls-client", fmt::format("TLS with the client: {}", message)});
  }

  void on_timeout() {
    if (state_ == State::kServerHandshake)
      return apologize({"timeout", "the server did not finish its TLS handshake"});
    give_up({"timeout", "the client did not finish its TLS handshake"});
  }

  void apologize(const flow::FlowError& error) {
    session().set_server(nullptr);
    session().client().resume(net::Pause::kUndecided);
    session().enter(legs_.apologize(error));
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    const auto& journal = session().journal();
    if (session().server() != nullptr) return journal.write_failed_flow(flow::Kind::kTls, error);
    journal.write_unreached(legs_.target(), flow::Kind::kTls, error);
  }

  TlsLegs legs_;
  ServerDialer dialer_;
  PhaseTimer silence_;    ///< runs in kQuiet, where the server may be the one who speaks first
  PhaseTimer handshake_;  ///< of the client, then of the server
  State state_ = State::kWaiting;
  std::string alpn_;  ///< agreed with the client
};

}  // namespace

std::unique_ptr<Phase> make_lazy_phase(Session& session, Whereabouts where, OpenTls decision,
                                       TlsClient client) {
  return std::make_unique<LazyPhase>(session, std::move(where), std::move(decision),
                                     std::move(client));
}

}  // namespace mitm::proxy
