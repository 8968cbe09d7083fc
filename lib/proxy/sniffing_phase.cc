#include <fmt/format.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/hello_facts.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/trial_tap.h"

namespace mitm::proxy {
namespace {

class SniffingPhase final : public Phase {
 public:
  SniffingPhase(Session& session, Whereabouts where)
      : Phase(session), where_(std::move(where)), deadline_(*this, [this] { on_timeout(); }) {}

  void start() override {
    auto& client = session().client();
    if (session().server() == nullptr) deadline_.start(kSilence);
    asked_ = evbuffer_get_length(client.input()) > 0;
    if (asked_) return on_input(client);
    if (client.ended_clean()) on_end(client, *client.ended_clean());
  }

  void cut(const flow::FlowError& error) override {
    if (!idle()) record_failure(error);
  }
  [[nodiscard]] bool idle() const override {
    return evbuffer_get_length(session().client().input()) == 0;
  }
  [[nodiscard]] Waiting waiting() const override {
    // Without a server and a word from the client, kSilence is.
    return idle() && session().server() == nullptr ? Waiting::kElse : Waiting::kPeers;
  }

  void on_input(net::Stream& stream) override {
    if (session().side_of(stream) == flow::Side::kServer) return relay();
    if (!std::exchange(asked_, true)) session().note_asking();
    const auto length = evbuffer_get_length(stream.input());
    const auto* bytes = reinterpret_cast<const char*>(evbuffer_pullup(stream.input(), -1));
    auto decision = decide_interception({bytes, length});
    if (std::holds_alternative<Undecided>(decision) && !std::exchange(undecided_, true))
      deadline_.start(session().environment().settings.handshake_timeout);
    if (std::holds_alternative<RelayPlain>(decision)) return relay();
    if (auto* broken = std::get_if<RelayBroken>(&decision)) return relay_broken(std::move(*broken));
    if (auto* open = std::get_if<OpenTls>(&decision)) {
      record(open->hello, {bytes, open->hello.length});
      open_tls(std::move(*open));
    } else if (auto* passed = std::get_if<PassTls>(&decision)) {
      record(passed->hello, {bytes, passed->hello.length});
      where_.secured ? relay() : pass(flow::Kind::kTls, reasons_to_pass(passed->hello));
    }
  }

  // An end is for the relay to hand on: half of a connection may be closed before a byte was sent.
  void on_end(net::Stream&, bool) override {
    // Who said nothing wants nothing of a server that was not reached yet.
    if (session().server() == nullptr && idle()) return session().close();
    relay();
  }

  void on_error(net::Stream& stream, net::StreamError error) override {
    const bool client = session().side_of(stream) == flow::Side::kClient;
    const flow::FlowError cause{client ? "client-reset" : "server-reset", error.error.message};
    record_failure(cause);
    if (session().server() != nullptr) session().peer_of(stream).abort();
    session().close(cause);
  }

 private:
  [[nodiscard]] bool is_passed() const {
    return session().environment().settings.tls.passes(where_);
  }

  /// Not for us to judge: the server gets what there is and says what it thinks of it. Where there
  /// is none yet, it may be the one who speaks first.
  void on_timeout() {
    if (session().server() != nullptr || undecided_) return relay();
    if (secures()) return secure();
    session().enter(make_reaching_phase(
        session(), target(), flow::Kind::kTcp,
        [&session = session(), where = where_] { return make_sniffing_phase(session, where); }));
  }

  /// The server behind a reverse entrance speaks TLS, whatever its client does, and was not reached
  /// yet.
  [[nodiscard]] bool secures() const {
    const auto& route = session().arrival().entrance.route;
    return route && route->uses_tls() && session().server() == nullptr;
  }

  /// The client may have been silent only so far, and want TLS as well.
  void secure() {
    const std::string name = where_.ask.empty() ? where_.host : where_.ask;
    where_.secured = true;
    session().enter(make_securing_phase(
        session(), target(), name, [&session = session(), where = where_](const auto& error) {
          return error ? nullptr : make_sniffing_phase(session, where);
        }));
  }

  /// With the server, which may have to be reached first.
  void relay_with(flow::Kind kind, std::function<std::unique_ptr<Tap>(Session&)> make_tap) {
    auto next = [&session = session(), make_tap = std::move(make_tap)] {
      return make_relaying_phase(session, make_tap(session));
    };
    session().enter(session().server() != nullptr
                        ? next()
                        : make_reaching_phase(session(), target(), kind, std::move(next)));
  }

  void pass(flow::Kind kind, std::vector<flow::Anomaly> odd = {}) {
    relay_with(kind, [kind, odd = std::move(odd)](Session& session) {
      return make_passing_tap(session.journal(), kind, odd);
    });
  }

  void relay() {
    if (secures()) return secure();
    if (is_passed() && !where_.secured) return pass(flow::Kind::kTcp);
    relay_with(flow::Kind::kTcp, [target = target_of_tap()](Session& session) {
      return make_sniffing_tap(session.journal(), session.environment().settings.recording, target);
    });
  }

  [[nodiscard]] TapTarget target_of_tap() const {
    return tap_target(where_.secured ? "https" : "http", target());
  }

  /// TLS with the client over the server's, which was there first.
  void welcome(OpenTls decision) {
    session().enter(make_welcoming_phase(
        session(), where_, std::move(decision), std::nullopt,
        [&session = session(), target = target_of_tap()](const TlsClient& client) {
          auto tap = make_sniffing_tap(session.journal(), session.environment().settings.recording,
                                       target);
          return make_relaying_phase(session, make_trial_tap(std::move(tap), session.journal(),
                                                             session.environment().pins, client));
        }));
  }

  void relay_broken(RelayBroken broken) {
    std::vector odd{from_client(wire::kBadClientHello, std::move(broken.reason))};
    if (is_passed()) return pass(flow::Kind::kTcp, std::move(odd));
    relay_with(flow::Kind::kTcp, [odd = std::move(odd)](Session& session) {
      return make_raw_tap(session.journal(), session.environment().settings.recording, odd);
    });
  }

  [[nodiscard]] flow::Target target() const { return {where_.host, where_.port}; }

  static std::vector<flow::Anomaly> reasons_to_pass(const wire::ClientHello& hello) {
    return {hello.sni_malformed ? from_client(wire::kBadServerName)
                                : from_client(kNoCommonProtocol, "ALPN")};
  }

  static flow::Anomaly from_client(std::string_view name, std::string detail = {}) {
    return {flow::Side::kClient, std::string(name), std::move(detail)};
  }

  void record_failure(const flow::FlowError& error) {
    const auto& journal = session().journal();
    if (session().server() != nullptr) return journal.write_failed_flow(flow::Kind::kTcp, error);
    journal.write_unreached(target(), flow::Kind::kTcp, error);
  }

  void open_tls(OpenTls decision) {
    where_.sni = decision.hello.sni;
    if (where_.secured) return welcome(std::move(decision));
    if (is_passed()) return pass(flow::Kind::kTls);
    TlsClient client{.address = session().from().address,
                     .ja4 = lasting_ja4(decision.hello),
                     .server = where_.known_as()};
    if (session().environment().pins.contains(client))
      return pass(flow::Kind::kTls, {from_client(kPinnedClient)});
    if (secures() && !session().environment().settings.connect_lazily)
      return reach_and_intercept(std::move(decision), std::move(client));
    const auto make = session().server() != nullptr ? make_intercepting_phase : make_lazy_phase;
    session().enter(make(session(), where_, std::move(decision), std::move(client)));
  }

  void reach_and_intercept(OpenTls decision, TlsClient client) {
    session().enter(
        make_reaching_phase(session(), target(), flow::Kind::kTls,
                            [&session = session(), where = where_, decision = std::move(decision),
                             client = std::move(client)] {
                              return make_intercepting_phase(session, where, decision, client);
                            }));
  }

  void record(const wire::ClientHello& hello, ByteView raw) {
    session().journal().write(0, flow::ClientHelloSeen{hello_facts(hello), Bytes(raw)});
  }

  Whereabouts where_;
  PhaseTimer deadline_;     ///< runs while a ClientHello has begun and not ended, or while there is
                            ///< neither a server nor a word from the client
  bool undecided_ = false;  ///< a ClientHello has begun and not ended
  bool asked_ = false;      ///< the client has said something
};

}  // namespace

std::unique_ptr<Phase> make_sniffing_phase(Session& session, Whereabouts where) {
  return std::make_unique<SniffingPhase>(session, std::move(where));
}

}  // namespace mitm::proxy
