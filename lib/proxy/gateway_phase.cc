#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/hello_facts.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

std::unique_ptr<Phase> welcome_to(Session& session, const Gateway& gateway, OpenTls decision,
                                  const std::optional<flow::FlowError>& unreachable) {
  const flow::Target& server = gateway.route.target;
  const Whereabouts where{
      .sni = gateway.client_name, .host = server.host, .address = {}, .port = server.port};
  return make_welcoming_phase(session, where, std::move(decision), unreachable,
                              [&session, gateway, unreachable](const TlsClient& client) {
                                return make_forwarding_phase(
                                    session, gateway,
                                    Newcomer(session, gateway.route.target, client, unreachable));
                              });
}

/// Clients of HTTP speak first, so the server is not needed before there is a request, but for the
/// names of its certificate.
class GatewayPhase final : public Phase {
 public:
  explicit GatewayPhase(Session& session)
      : Phase(session),
        route_(*session.arrival().entrance.route),
        deadline_(*this, [this] { on_timeout(); }) {}

  void start() override { deadline_.start(session().environment().settings.head_timeout); }
  void cut(const flow::FlowError& error) override {
    if (!idle()) record_failure(error);
  }
  [[nodiscard]] bool idle() const override {
    return evbuffer_get_length(session().client().input()) == 0;
  }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kPeers; }

  void on_input(net::Stream& client) override {
    if (!std::exchange(asked_, true)) session().note_asking();
    const ByteView bytes = net::peek_all(client.input());
    auto decision = decide_interception(bytes);
    if (std::holds_alternative<RelayPlain>(decision)) return serve();
    if (const auto* broken = std::get_if<RelayBroken>(&decision))
      return give_up({"protocol", broken->reason});
    if (auto* open = std::get_if<OpenTls>(&decision)) {
      record(open->hello, bytes);
      welcome(std::move(*open));
    } else if (const auto* passed = std::get_if<PassTls>(&decision)) {
      record(passed->hello, bytes);
      give_up({"tls-client", "the client offers no protocol that we can decode"});
    }
  }

  void on_end(net::Stream&, bool) override {
    idle() ? session().close()
           : give_up({"incomplete", "the client went away before it asked for anything"});
  }
  void on_error(net::Stream&, net::StreamError error) override {
    idle() ? session().close() : give_up({"client-reset", error.error.message});
  }

 private:
  [[nodiscard]] Gateway gateway(std::string client_name) const {
    return {route_, session().environment().settings.keep_host, std::move(client_name)};
  }

  void serve() { session().enter(make_forwarding_phase(session(), gateway({}))); }

  void welcome(OpenTls decision) {
    const Gateway to = gateway(decision.hello.sni);
    const auto name = to.tls_name();
    if (!name || session().environment().settings.connect_lazily)
      return session().enter(welcome_to(session(), to, std::move(decision), std::nullopt));
    session().enter(make_securing_phase(
        session(), route_.target, *name,
        [&session = session(), to, decision = std::move(decision)](const auto& error) {
          return welcome_to(session, to, decision, error);
        }));
  }

  void on_timeout() {
    idle() ? session().close() : give_up({"timeout", "the ClientHello did not come to its end"});
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    session().journal().write_unreached(route_.target, flow::Kind::kTls, error);
  }

  void record(const wire::ClientHello& hello, ByteView bytes) {
    session().journal().write(
        0, flow::ClientHelloSeen{hello_facts(hello), Bytes(bytes.substr(0, hello.length))});
  }

  const ReverseRoute route_;
  bool asked_ = false;  ///< the client has said something
  PhaseTimer deadline_;
};

}  // namespace

std::unique_ptr<Phase> make_gateway_phase(Session& session) {
  return std::make_unique<GatewayPhase>(session);
}

}  // namespace mitm::proxy
