#include <fmt/format.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/timer.h"
#include "lib/proxy/phases.h"
#include "lib/tls/alert.h"
#include "lib/tls/session_facts.h"
#include "lib/tls/verify.h"

// The server's handshake comes first, with what the client asked for, because only the server knows
// its names and its choice of protocol. The client's ClientHello waits meanwhile.
//
//   kServerHandshake ─▶ kClientHandshake ─▶ relaying
//          │
//          └─▶ kClientHandshakeToApologize ─▶ apologizing

namespace mitm::proxy {
namespace {

class InterceptingPhase final : public Phase {
 public:
  InterceptingPhase(Session& session, Whereabouts where, OpenTls decision, TlsClient client)
      : Phase(session),
        where_(std::move(where)),
        decision_(std::move(decision)),
        client_(std::move(client)),
        deadline_(session.environment().loop, [this] {
          if (current()) on_timeout();
        }) {}

  void start() override {
    session().client().pause(net::Pause::kUndecided);
    deadline_.start(session().environment().settings.handshake_timeout);
    handshake_started_ = std::chrono::steady_clock::now();
    Bytes unread;
    Fd fd = session().server()->detach(unread);
    const TlsPolicy& policy = session().environment().settings.tls;
    auto ssl = session().environment().server_leg.start(
        fd.get(),
        {.sni = where_.sni,
         .alpn = decision_.alpn,
         .verify_name = name(),
         .insecure = matches_any(policy.insecure, where_.as_connected()),
         // The server is verified for one name, and would get what is meant for the other.
         .identity = where_.is_contradictory() ? nullptr
                                               : policy.towards_servers.find(where_.as_connected()),
         .target = target()});
    if (!ssl) return apologize({"tls-server", ssl.error().message});
    session().set_server(net::make_tls_stream(session().environment().loop, std::move(fd),
                                              *std::move(ssl), net::TlsRole::kConnecting, *this));
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }

  void on_handshake(net::Stream& stream) override {
    session().side_of(stream) == flow::Side::kServer ? on_server_handshake(stream)
                                                     : on_client_handshake(stream);
  }

  void on_output_low(net::Stream&) override {
    if (leaf_ && !client_started_) start_client_handshake();
  }

  void on_end(net::Stream& stream, bool) override {
    note_refusal(stream, std::nullopt);
    on_failure(stream,
               fmt::format("{} closed the connection during the TLS handshake", name_of(stream)));
  }

  void on_error(net::Stream& stream, net::StreamError error) override {
    note_refusal(stream, error.alert);
    on_failure(stream,
               fmt::format("TLS handshake with {}: {}", name_of(stream), error.error.message));
  }

 private:
  std::string name_of(const net::Stream& stream) const {
    return session().side_of(stream) == flow::Side::kServer ? "the server" : "the client";
  }

  void on_server_handshake(net::Stream& server) {
    server.pause(net::Pause::kUndecided);
    server_facts_ = tls::session_facts(server.ssl(), flow::Side::kServer);
    server_facts_.handshake = std::chrono::steady_clock::now() - handshake_started_;
    const auto outcome = tls::verify_outcome(server.ssl());
    session().journal().write(0, flow::TlsEstablished{flow::Side::kServer, server_facts_});
    if (!outcome.accepted) return apologize({"tls-verify", outcome.reason});
    choose_leaf(server_facts_.chain);
  }

  void choose_leaf(std::shared_ptr<const flow::CertificateChain> original) {
    leaf_ = session().environment().settings.tls.towards_clients.find(where_);
    if (leaf_) return start_client_handshake();
    const auto key = decision_.hello.offers_ecdsa ? tls::KeyType::kEc : tls::KeyType::kRsa;
    auto leaf = session().environment().leaves.get({name(), std::move(original), key});
    if (!leaf) return give_up({"tls-client", leaf.error().message});
    leaf_ = *std::move(leaf);
    start_client_handshake();
  }

  void start_client_handshake() {
    // The answer to CONNECT must be out before the socket changes hands.
    if (evbuffer_get_length(session().client().output()) > 0) return;
    client_started_ = true;
    handshake_started_ = std::chrono::steady_clock::now();
    deadline_.start(session().environment().settings.handshake_timeout);
    Bytes already_read;
    Fd fd = session().client().detach(already_read);
    auto ssl = session().environment().client_leg.start(fd.get(), std::move(already_read), *leaf_,
                                                        client_alpn());
    if (!ssl) return give_up({"tls-client", ssl.error().message});
    session().set_client(net::make_tls_stream(session().environment().loop, std::move(fd),
                                              *std::move(ssl), net::TlsRole::kAccepting, *this));
  }

  /// What the server chose; the apology speaks HTTP/1.1.
  std::string client_alpn() const {
    if (!apology_) return server_facts_.alpn;
    return decision_.alpn.empty() ? std::string() : decision_.alpn.front();
  }

  void on_client_handshake(net::Stream& client) {
    auto facts = tls::session_facts(client.ssl(), flow::Side::kClient);
    facts.handshake = std::chrono::steady_clock::now() - handshake_started_;
    session().journal().write(0, flow::TlsEstablished{flow::Side::kClient, std::move(facts)});
    session().environment().pins.trust(client_);
    if (apology_) {
      Page page{.message = fmt::format("{}: {}", to_string(target()), apology_->message),
                .hint = hint_for(*apology_)};
      return session().enter(
          make_apologizing_phase(session(), tap_target(), std::move(page), *apology_));
    }
    session().enter(make_relaying_phase(
        session(), make_sniffing_tap(session().journal(),
                                     session().environment().settings.recording, tap_target())));
  }

  static std::string hint_for(const flow::FlowError& error) {
    if (error.kind != "tls-verify") return {};
    return "start mitm-record with --upstream-ca FILE to trust the server's issuer, with "
           "--insecure-host HOST to go on anyway with this server, or with -k (--insecure) with "
           "any";
  }

  flow::Target target() const { return {where_.host, where_.port}; }
  /// The server's, as the client knows it.
  const std::string& name() const { return where_.sni.empty() ? where_.host : where_.sni; }

  TapTarget tap_target() const {
    return {"https", where_.port == 443 ? where_.host : to_string(target())};
  }

  /// The client has seen our certificate and does not go on. Alerts about something else are no
  /// sign that it would accept another one.
  void note_refusal(const net::Stream& stream, std::optional<int> alert) {
    if (session().side_of(stream) != flow::Side::kClient || !client_started_ || apology_) return;
    if (alert && !tls::refuses_certificate(*alert)) return;
    session().environment().pins.note(client_,
                                      alert ? PinMemory::Sign::kRefusal : PinMemory::Sign::kDoubt);
  }

  void on_failure(const net::Stream& stream, std::string message) {
    if (session().side_of(stream) == flow::Side::kClient)
      return give_up({"tls-client", std::move(message)});
    if (!leaf_) return apologize({"tls-server", std::move(message)});
    give_up({"tls-server", std::move(message)});
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

  void give_up(const flow::FlowError& error) {
    record_failure(apology_ ? *apology_ : error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_failed_flow(flow::Kind::kTls, error);
  }

  Whereabouts where_;
  OpenTls decision_;
  TlsClient client_;
  net::Timer deadline_;
  std::chrono::steady_clock::time_point handshake_started_;
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
