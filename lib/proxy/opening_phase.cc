#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/http1_recording.h"
#include "lib/proxy/opening.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

class OpeningPhase final : public Phase {
 public:
  explicit OpeningPhase(Session& session)
      : Phase(session),
        opening_(session.environment().settings.credentials,
                 {.max_head = session.environment().settings.recording.max_head}),
        deadline_(*this, [this] { on_timeout(); }) {}

  void start() override { deadline_.start(session().environment().settings.head_timeout); }
  void cut(const flow::FlowError& error) override {
    if (!idle()) record_failure(error);
  }
  [[nodiscard]] bool idle() const override { return seen_ == 0; }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kPeers; }
  void on_stalled(const flow::FlowError& error) override {
    refuse({408, error.message, {}}, error);
  }

  void on_input(net::Stream& client) override {
    OpeningDecision decision = OpeningNeedsMore{};
    const std::size_t before = seen_;
    if (before == 0) session().note_asking();
    net::for_each_span(client.input(), before, [&](ByteView span) {
      if (!std::holds_alternative<OpeningNeedsMore>(decision)) return;
      decision = opening_.feed(span);
      seen_ += span.size();
    });
    act(client, decision);
  }

  void on_end(net::Stream&, bool) override {
    give_up("the client closed the connection before it asked for anything");
  }
  void on_error(net::Stream&, net::StreamError error) override { give_up(error.error.message); }

 private:
  void act(net::Stream& client, const OpeningDecision& decision) {
    if (const auto* tunnel = std::get_if<OpenTunnel>(&decision)) {
      evbuffer_drain(client.input(), tunnel->length);
      session().enter(make_connecting_phase(session(), tunnel->target, TunnelKind::kConnect));
    } else if (std::holds_alternative<ForwardRequests>(decision)) {
      session().enter(make_forwarding_phase(session()));
    } else if (std::holds_alternative<OpenSocks>(decision)) {
      session().enter(make_socks_phase(session()));
    } else if (const auto* refusal = std::get_if<RefuseOpening>(&decision)) {
      refuse(refusal->page, {refusal->kind, refusal->page.message});
    }
  }

  void refuse(const Page& page, const flow::FlowError& error) {
    record_failure(error);
    net::discard_all(session().client().input());
    session().enter(make_replying_phase(session(), render_page(page, PageForm::kText), error));
  }

  /// What could not be made sense of is what somebody will want to see.
  void record_failure(const flow::FlowError& error) {
    RecordingOptions options = session().environment().settings.recording;
    options.hide_proxy_login = true;
    Http1Recording recording(session().journal(), options, "http", "");
    net::for_each_span(session().client().input(), 0,
                       [&](ByteView span) { recording.on_request(wire::Unparsed{span}); });
    recording.close(error);
  }

  void on_timeout() {
    if (seen_ == 0) return session().close();
    const Page page{408, "the request's head did not come to its end", {}};
    refuse(page, {"timeout", page.message});
  }

  void give_up(std::string reason) {
    // A connection that was opened and closed without a word is no failure of anything.
    if (seen_ == 0) return session().close();
    const flow::FlowError error{"incomplete", std::move(reason)};
    record_failure(error);
    session().close(error);
  }

  ExplicitOpening opening_;
  PhaseTimer deadline_;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Phase> make_opening_phase(Session& session) {
  return std::make_unique<OpeningPhase>(session);
}

}  // namespace mitm::proxy
