#include <fmt/format.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/timer.h"
#include "lib/proxy/failure_hint.h"
#include "lib/proxy/forward_answer.h"
#include "lib/proxy/gateway_dialer.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/proxy_login.h"
#include "lib/proxy/request_source.h"
#include "lib/wire/basic_auth.h"
#include "lib/wire/http1.h"
#include "lib/wire/target.h"

// Plain requests to a proxy, and all requests to a gateway. The one place where we terminate HTTP,
// and therefore strict: what parsers may read differently is refused, so that client, proxy and
// server always agree on where a message ends. One exchange at a time; the next request is not even
// decoded before the response to the one before it has ended.

namespace mitm::proxy {
namespace {

class ForwardingPhase final : public Phase {
 public:
  ForwardingPhase(Session& session, std::optional<Gateway> gateway)
      : Phase(session),
        gateway_(std::move(gateway)),
        recording_(session.journal(), recording_options(),
                   gateway_ && gateway_->route.uses_tls() ? "https" : "http", shown_authority()),
        requests_(session.client(), limits()),
        dialer_(session, *this),
        head_deadline_(session.environment().loop, [this] {
          if (current()) on_head_timeout();
        }) {}

  void start() override { on_input(session().client()); }
  void cut(const flow::FlowError& error) override { close_recording(error); }
  [[nodiscard]] bool idle() const override {
    return state_ == State::kIdle && !requests_.holds_input() && !requests_.in_head();
  }

  [[nodiscard]] Waiting waiting() const override;
  void on_stalled(const flow::FlowError& error) override;

  void on_handshake(net::Stream&) override { dialer_.on_handshake(); }
  void on_input(net::Stream& stream) override;
  void on_output_low(net::Stream& stream) override;
  void on_output_closed(net::Stream& stream) override;
  void on_end(net::Stream& stream, bool clean) override;
  void on_error(net::Stream& stream, net::StreamError error) override;

 private:
  using State = ForwardState;

  [[nodiscard]] wire::Http1Limits limits() const {
    return {.max_head = session().environment().settings.recording.max_head};
  }

  [[nodiscard]] RecordingOptions recording_options() const;
  [[nodiscard]] std::string shown_authority() const;
  [[nodiscard]] bool may_ask(const wire::RequestHead& head) const;

  void pump_requests();
  void on_no_more_requests();
  void on_request(const wire::Event& event);
  void on_request_head(const wire::RequestHead& head);
  void on_bad_request(const flow::FlowError& error);
  void record_rest();
  void on_head_timeout();

  void begin_exchange();
  void send_head();
  void finish_exchange();

  void on_server_input(net::Stream& server);
  void pump_responses();
  void on_response(const wire::Event& event);
  void on_server_gone(const flow::FlowError& error);

  void drop_server();
  void to_server(ByteView bytes);
  void to_client(ByteView bytes);
  void close_recording(const std::optional<flow::FlowError>& error);
  void refuse(std::uint16_t status, const flow::FlowError& error, const std::string& hint = {});
  void abort(const flow::FlowError& error);
  void on_client_gone(const flow::FlowError& error);
  void leave(Bytes reply, const std::optional<flow::FlowError>& error,
             Farewell::Ending ending = Farewell::Ending::kClean);

  const std::optional<Gateway> gateway_;
  State state_ = State::kIdle;
  Http1Recording recording_;
  RequestSource requests_;
  wire::Http1Decoder responses_{wire::Role::kResponse, limits()};
  GatewayDialer dialer_;
  flow::Target connected_to_;
  ForwardExchange exchange_;
  std::optional<std::string> objection_;  ///< to the message that comes next
  net::Timer head_deadline_;
  bool head_awaited_ = false;  ///< head_deadline_ runs, because a head has begun and not ended
};

RecordingOptions ForwardingPhase::recording_options() const {
  RecordingOptions options = session().environment().settings.recording;
  options.hide_proxy_login = true;
  options.host_is_the_route = gateway_ && !gateway_->keep_host;
  return options;
}

/// What URLs name where requests do not say it.
std::string ForwardingPhase::shown_authority() const {
  if (!gateway_) return {};
  const auto& [host, port] = gateway_->route.target;
  return wire::format_authority({host, port},
                                wire::default_port(gateway_->route.uses_tls() ? "https" : "http"));
}

bool ForwardingPhase::may_ask(const wire::RequestHead& head) const {
  return gateway_ || is_authorized(session().environment().settings.credentials, head.fields);
}

void ForwardingPhase::on_input(net::Stream& stream) {
  if (state_ == State::kLeft) return;
  if (&stream != &session().client()) return on_server_input(stream);
  if (!requests_.take()) return stream.pause(net::Pause::kUndecided);
  pump_requests();
}

void ForwardingPhase::pump_requests() {
  while (state_ == State::kIdle || state_ == State::kTunnel ||
         ((state_ == State::kExchanging || (state_ == State::kConnecting && exchange_.bodyless)) &&
          !exchange_.request_done)) {
    const wire::Event event = requests_.next();
    if (std::holds_alternative<wire::Paused>(event)) return;
    if (std::holds_alternative<wire::NeedData>(event)) return on_no_more_requests();
    on_request(event);
  }
}

void ForwardingPhase::on_no_more_requests() {
  if (!requests_.ended()) {
    if (requests_.in_head() && !std::exchange(head_awaited_, true))
      head_deadline_.start(session().environment().settings.head_timeout);
    return session().client().resume(net::Pause::kUndecided);
  }
  if (state_ == State::kIdle) leave({}, std::nullopt);
  if (state_ == State::kTunnel) session().server()->finish(*session().client().ended_clean());
}

void ForwardingPhase::on_request(const wire::Event& event) {
  recording_.on_request(event);
  if (const auto* oddity = std::get_if<wire::Oddity>(&event)) {
    if (!prevents_forwarding(*oddity)) return;
    objection_ = fmt::format("the request is ambiguous: {}", describe(*oddity));
    if (state_ != State::kIdle) on_bad_request({"protocol", *objection_});
  } else if (const auto* failed = std::get_if<wire::Failed>(&event)) {
    const flow::FlowError error{"protocol",
                                fmt::format("this is not an HTTP/1 request: {}", failed->reason)};
    const bool too_large = failed->head_too_large;
    record_rest();
    if (state_ != State::kIdle) return on_bad_request(error);
    too_large ? refuse(431, error, kMaxHeadHint) : refuse(400, error);
  } else if (const auto* head = std::get_if<wire::RequestHead>(&event)) {
    on_request_head(*head);
  } else if (const auto* body = std::get_if<wire::BodyData>(&event)) {
    to_server(body->wire);
  } else if (const auto* trailers = std::get_if<wire::Trailers>(&event)) {
    // A login has no business there, and still none with a server.
    Bytes masked(trailers->wire);
    wire::LoginMask().apply(masked);
    to_server(masked);
  } else if (const auto* end = std::get_if<wire::MessageEnd>(&event)) {
    if (!end->complete)
      return abort({"client-reset", "the client went away in the middle of its request"});
    exchange_.request_done = true;
    finish_exchange();
  } else if (const auto* unparsed = std::get_if<wire::Unparsed>(&event)) {
    if (state_ == State::kTunnel) to_server(unparsed->wire);
  }
}

void ForwardingPhase::on_request_head(const wire::RequestHead& head) {
  requests_.forget_answer();
  head_awaited_ = false;
  head_deadline_.cancel();
  exchange_ = {.plan = {},
               .method = std::string(head.method),
               .form = form_for(head.method, head.fields),
               .upgrade_asked = head.upgrade_asked,
               .bodyless = head.framing == wire::BodyFraming::kNone,
               .idempotent = wire::is_idempotent(head.method),
               .keep_alive = head.keep_alive};
  if (!may_ask(head)) {
    const Page page = login_page();
    return refuse(page.status, {std::string(kProxyAuth), page.message}, page.hint);
  }
  if (objection_) return refuse(400, {"protocol", *std::exchange(objection_, std::nullopt)});
  const Routes& routes = session().environment().settings.routes;
  auto plan = gateway_ ? plan_gateway(head, gateway_->route, gateway_->keep_host, routes)
                       : plan_forward(head, routes);
  if (!plan) return refuse(400, {"protocol", plan.error().message});
  exchange_.plan = *std::move(plan);
  begin_exchange();
}

/// The head has gone on already: the server must not take what it got for a request.
void ForwardingPhase::on_bad_request(const flow::FlowError& error) {
  if (state_ == State::kTunnel || exchange_.response_started) return abort(error);
  if (session().server() != nullptr) session().server()->abort();
  refuse(400, error);
}

/// What could not be decoded is what somebody will want to see.
void ForwardingPhase::record_rest() {
  while (true) {
    const wire::Event event = requests_.next();
    if (!std::holds_alternative<wire::Unparsed>(event)) return;
    recording_.on_request(event);
  }
}

void ForwardingPhase::on_head_timeout() {
  refuse(408, {"timeout", "the request's head did not come to its end"});
}

Waiting ForwardingPhase::waiting() const {
  if (state_ == State::kConnecting || state_ == State::kLeft) return Waiting::kElse;
  const bool asked = state_ == State::kExchanging && recording_.awaits_answer();
  return asked ? Waiting::kAnswer : Waiting::kPeers;
}

void ForwardingPhase::on_stalled(const flow::FlowError& error) {
  const bool can_say = state_ == State::kExchanging && !exchange_.response_started;
  can_say ? refuse(504, error, failure_hint(error)) : Phase::on_stalled(error);
}

void ForwardingPhase::begin_exchange() {
  if (session().server() != nullptr && connected_to_ == exchange_.plan.target) {
    exchange_.reused = true;
    return send_head();
  }
  drop_server();
  exchange_.reused = false;
  state_ = State::kConnecting;
  const auto tls_name = gateway_ ? gateway_->tls_name() : std::nullopt;
  const auto purpose = tls_name             ? Purpose::kTunnel
                       : exchange_.plan.via ? Purpose::kRequests
                                            : Purpose::kTunnelledRequests;
  dialer_.dial(
      exchange_.plan.target, recording_.front(), tls_name,
      [this](const auto& error) {
        if (error) return refuse(502, *error, failure_hint(*error));
        connected_to_ = exchange_.plan.target;
        responses_ = wire::Http1Decoder(wire::Role::kResponse, limits());
        send_head();
        pump_requests();
      },
      purpose);
}

void ForwardingPhase::send_head() {
  state_ = State::kExchanging;
  responses_.expect({exchange_.method, exchange_.upgrade_asked});
  to_server(exchange_.plan.head);
}

void ForwardingPhase::finish_exchange() {
  if (state_ != State::kExchanging || !exchange_.over()) return;
  state_ = State::kIdle;
  if (!std::exchange(exchange_, {}).keep_alive) leave({}, std::nullopt);
}

void ForwardingPhase::on_server_input(net::Stream& server) {
  exchange_.answered = true;
  net::for_each_span(server.input(), 0, [&](ByteView span) {
    if (state_ == State::kLeft || session().server() != &server) return;
    responses_.feed(span);
    pump_responses();
  });
  net::discard_all(server.input());
  if (state_ != State::kLeft) pump_requests();
}

void ForwardingPhase::pump_responses() {
  while (state_ != State::kLeft && session().server() != nullptr) {
    const wire::Event event = responses_.next();
    if (std::holds_alternative<wire::NeedData>(event) ||
        std::holds_alternative<wire::Paused>(event))
      return;
    on_response(event);
  }
}

void ForwardingPhase::on_response(const wire::Event& event) {
  using Then = AnswerStep::Then;
  recording_.on_response(event);
  const AnswerStep step = judge_answer(event, state_, exchange_);
  to_client(step.to_client);
  switch (step.then) {
    case Then::kGoOn:
      return;
    case Then::kDone:
      return finish_exchange();
    case Then::kRefuse:
      return refuse(502, step.error, step.hint);
    case Then::kAbort:
      return abort(step.error);
    case Then::kLeave:
      return leave({}, step.error);
    case Then::kLeaveServer:
      recording_.fail_front(step.error);
      return drop_server();
    case Then::kAnswerUpgrade:
      requests_.answer_upgrade(step.switched);
      if (step.switched) state_ = State::kTunnel;
  }
}

/// What the client was paused for has gone with it.
void ForwardingPhase::drop_server() {
  session().set_server(nullptr);
  session().client().resume(net::Pause::kPeer);
}

void ForwardingPhase::to_server(ByteView bytes) {
  net::Stream* server = session().server();
  if (server == nullptr) return;
  net::append(server->output(), bytes);
  if (evbuffer_get_length(server->output()) > net::kHighMark)
    session().client().pause(net::Pause::kPeer);
}

void ForwardingPhase::to_client(ByteView bytes) {
  if (bytes.empty()) return;
  net::append(session().client().output(), bytes);
  if (session().server() != nullptr &&
      evbuffer_get_length(session().client().output()) > net::kHighMark) {
    session().server()->pause(net::Pause::kPeer);
  }
}

void ForwardingPhase::on_output_low(net::Stream& stream) {
  if (state_ == State::kLeft) return;
  if (&stream != &session().client()) {
    session().client().resume(net::Pause::kPeer);
  } else if (session().server() != nullptr) {
    session().server()->resume(net::Pause::kPeer);
  }
  if (state_ == State::kTunnel && session().client().finished() && session().server()->finished()) {
    recording_.close(std::nullopt);
    session().close();
  }
}

void ForwardingPhase::on_output_closed(net::Stream& stream) {
  if (state_ == State::kLeft) return;
  if (&stream == &session().client())
    return on_client_gone({"client-reset", "the client reset the connection"});
  session().client().pause(net::Pause::kPeer);  // the server may still have something to say
}

void ForwardingPhase::on_end(net::Stream& stream, bool clean) {
  if (state_ == State::kLeft) return;
  if (evbuffer_get_length(stream.input()) > 0) on_input(stream);
  if (state_ == State::kLeft) return;
  if (&stream == &session().client()) {
    pump_requests();
    return state_ == State::kTunnel ? on_output_low(stream) : void();
  }
  if (state_ == State::kTunnel) {
    session().client().finish(clean);
    return on_output_low(stream);
  }
  responses_.feed_eof(clean);
  pump_responses();
  if (state_ != State::kLeft)
    on_server_gone({"incomplete", "the server closed the connection without an answer"});
}

void ForwardingPhase::on_error(net::Stream& stream, net::StreamError error) {
  if (state_ == State::kLeft) return;
  if (&stream == &session().client()) return on_client_gone({"client-reset", error.error.message});
  on_server_gone({"server-reset",
                  fmt::format("{}: {}", to_string(exchange_.plan.target), error.error.message)});
}

void ForwardingPhase::on_server_gone(const flow::FlowError& error) {
  if (dialer_.shakes_hands()) return dialer_.on_gone(error.message);
  if (state_ == State::kTunnel) return abort(error);
  drop_server();
  if (state_ != State::kExchanging || exchange_.response_done) {
    if (state_ == State::kExchanging) return leave({}, std::nullopt);
    return;
  }
  if (exchange_.response_started) return abort(error);
  if (exchange_.may_be_repeated()) return begin_exchange();
  refuse(502, error);
}

void ForwardingPhase::close_recording(const std::optional<flow::FlowError>& error) {
  // Half a head is no request yet, and must not vanish without a trace.
  if (error && recording_.idle() && requests_.in_head())
    session().journal().write_failed_flow(flow::Kind::kTcp, *error);
  recording_.close(error);
}

void ForwardingPhase::refuse(std::uint16_t status, const flow::FlowError& error,
                             const std::string& hint) {
  leave(render_page({status, error.message, hint}, exchange_.form), error);
}

/// The client gets what is on its way to it and then a reset, because there is no proper way to
/// end.
void ForwardingPhase::abort(const flow::FlowError& error) {
  leave({}, error, Farewell::Ending::kReset);
}

void ForwardingPhase::on_client_gone(const flow::FlowError& error) {
  state_ = State::kLeft;
  close_recording(error);
  session().client().abort();
  if (session().server() != nullptr) session().server()->abort();
  session().close(error);
}

void ForwardingPhase::leave(Bytes reply, const std::optional<flow::FlowError>& error,
                            Farewell::Ending ending) {
  state_ = State::kLeft;
  close_recording(error);
  net::discard_all(session().client().input());
  if (ending == Farewell::Ending::kReset && session().server() != nullptr)
    session().server()->abort();
  session().enter(make_replying_phase(session(), std::move(reply), error, ending));
}

}  // namespace

std::unique_ptr<Phase> make_forwarding_phase(Session& session, std::optional<Gateway> gateway) {
  return std::make_unique<ForwardingPhase>(session, std::move(gateway));
}

}  // namespace mitm::proxy
