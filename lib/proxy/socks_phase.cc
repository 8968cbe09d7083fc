#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/http1_recording.h"
#include "lib/proxy/phases.h"
#include "lib/wire/socks.h"

namespace mitm::proxy {
namespace {

class SocksPhase final : public Phase {
 public:
  explicit SocksPhase(Session& session)
      : Phase(session),
        handshake_(!session.environment().settings.credentials.empty()),
        deadline_(*this, [this] {
          give_up({"timeout", "the greeting of SOCKS did not come to its end"});
        }) {}

  void start() override {
    deadline_.start(session().environment().settings.head_timeout);
    on_input(session().client());
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kPeers; }

  void on_input(net::Stream& client) override {
    while (true) {
      auto step = handshake_.next(net::peek_all(client.input()));
      evbuffer_drain(client.input(), step.used);
      if (const auto* login = std::get_if<wire::SocksLogin>(&step.what))
        step = handshake_.judge(is_known(*login));
      if (std::holds_alternative<wire::SocksNeedMore>(step.what)) return;
      if (const auto* wanted = std::get_if<wire::SocksConnect>(&step.what)) return connect(*wanted);
      if (const auto* refusal = std::get_if<wire::SocksRefuse>(&step.what)) return refuse(*refusal);
      net::append(client.output(), std::get<wire::SocksSay>(step.what).reply);
    }
  }

  void on_end(net::Stream&, bool) override {
    give_up({"incomplete", "the client closed the connection before it asked for anything"});
  }
  void on_error(net::Stream&, net::StreamError error) override {
    give_up({"client-reset", error.error.message});
  }

 private:
  [[nodiscard]] bool is_known(const wire::SocksLogin& login) const {
    const Credentials& credentials = session().environment().settings.credentials;
    return credentials.empty() || credentials.accept(login.user, login.password);
  }

  void connect(const wire::SocksConnect& wanted) {
    const auto kind =
        wanted.version == wire::SocksVersion::k4 ? TunnelKind::kSocks4 : TunnelKind::kSocks5;
    session().enter(
        make_connecting_phase(session(), {wanted.target.host, wanted.target.port}, kind));
  }

  void refuse(const wire::SocksRefuse& refusal) {
    const flow::FlowError error{refusal.for_login ? "proxy-auth" : "protocol", refusal.reason};
    record_failure(error);
    net::discard_all(session().client().input());
    session().enter(make_replying_phase(session(), refusal.reply, error));
  }

  void give_up(const flow::FlowError& error) {
    record_failure(error);
    session().close(error);
  }

  /// What could not be made sense of is what somebody will want to see, but for passwords.
  void record_failure(const flow::FlowError& error) {
    const ByteView left = net::peek_all(session().client().input());
    if (left.empty() || handshake_.awaits_login())
      return session().journal().write_failed_flow(flow::Kind::kTcp, error);
    Http1Recording recording(session().journal(), session().environment().settings.recording,
                             "http", "");
    recording.on_request(wire::Unparsed{left});
    recording.close(error);
  }

  wire::SocksHandshake handshake_;
  PhaseTimer deadline_;
};

}  // namespace

std::unique_ptr<Phase> make_socks_phase(Session& session) {
  return std::make_unique<SocksPhase>(session);
}

}  // namespace mitm::proxy
