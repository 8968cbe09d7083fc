#include <fmt/format.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/failure_hint.h"
#include "lib/proxy/forward_answer.h"
#include "lib/proxy/forward_request.h"
#include "lib/proxy/forward_role.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/request_source.h"
#include "lib/proxy/tls_dialer.h"
#include "lib/wire/http1.h"

// Plain requests to a proxy, and all requests to a gateway. The one place where we terminate HTTP,
// and therefore strict: what parsers may read differently is refused, so that client, proxy and
// server always agree on where a message ends. One exchange at a time; the next request is not even
// decoded before the response to the one before it has ended.

namespace mitm::proxy {
namespace {

class ForwardingPhase final : public Phase {
 public:
  ForwardingPhase(Session& session, std::optional<Gateway> gateway,
                  std::optional<Newcomer> newcomer)
      : Phase(session),
        role_(session.environment().settings, std::move(gateway)),
        recording_(session.journal(), role_.recording(), role_.scheme(), role_.authority()),
        requests_(session.client(), limits()),
        dialer_(session, *this),
        newcomer_(std::move(newcomer)),
        head_deadline_(*this, [this] {
          refuse(408, {"timeout", "the request's head did not come to its end"});
        }) {}

  void start() override;
  void cut(const flow::FlowError& error) override { close_recording(error); }
  [[nodiscard]] bool idle() const override {
    return state_ == State::kIdle && !requests_.holds_input() && !requests_.in_head() &&
           !(newcomer_ && newcomer_->holds_failure());
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

  void pump_requests();
  void on_no_more_requests();
  void on_request(const wire::Event& event);
  void on_head_came();
  void record_rest();

  void begin_exchange();
  void send_head();
  void finish_exchange();

  void on_server_input(net::Stream& server);
  void pump_responses();
  void on_response(const wire::Event& event);
  void on_server_gone(const flow::FlowError& error);

  void drop_server();
  void reset_server();
  void to_server(ByteView bytes);
  void to_client(ByteView bytes);
  void close_recording(const std::optional<flow::FlowError>& error);
  void refuse(std::uint16_t status, const flow::FlowError& error, const std::string& hint = {});
  void abort(const flow::FlowError& error);
  void on_client_gone(const flow::FlowError& error);
  void leave(Bytes reply, const std::optional<flow::FlowError>& error,
             Farewell::Ending ending = Farewell::Ending::kClean);

  const ForwardRole role_;
  State state_ = State::kIdle;
  Http1Recording recording_;
  RequestSource requests_;
  wire::Http1Decoder responses_{wire::Role::kResponse, limits()};
  TlsDialer dialer_;
  flow::Target connected_to_;
  ForwardExchange exchange_;
  std::optional<std::string> objection_;  ///< to the message that comes next
  std::optional<Newcomer> newcomer_;
  PhaseTimer head_deadline_;
  bool head_awaited_ = false;  ///< head_deadline_ runs, because a head has begun and not ended
};

void ForwardingPhase::start() {
  if (session().server() != nullptr) {
    connected_to_ = *role_.server();
    session().server()->resume(net::Pause::kUndecided);
  }
  on_input(session().client());
}

void ForwardingPhase::on_input(net::Stream& stream) {
  if (state_ == State::kLeft) return;
  if (&stream != &session().client()) return on_server_input(stream);
  if (newcomer_ && evbuffer_get_length(stream.input()) > 0) newcomer_->on_word();
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
    if (requests_.in_head() && !std::exchange(head_awaited_, true)) {
      session().note_asking();
      head_deadline_.start(session().environment().settings.head_timeout);
    }
    return session().client().resume(net::Pause::kUndecided);
  }
  if (state_ == State::kIdle) leave({}, std::nullopt);
  if (state_ == State::kTunnel) session().server()->finish(*session().client().ended_clean());
}

void ForwardingPhase::on_request(const wire::Event& event) {
  using Then = RequestStep::Then;
  recording_.on_request(event);
  if (std::holds_alternative<wire::Failed>(event)) record_rest();
  if (std::holds_alternative<wire::RequestHead>(event)) on_head_came();
  const RequestStep step = judge_request(event, state_, role_, exchange_, objection_);
  to_server(step.rewritten.empty() ? step.passed : step.rewritten);
  switch (step.then) {
    case Then::kGoOn:
      return;
    case Then::kBegin:
      return begin_exchange();
    case Then::kDone:
      return finish_exchange();
    case Then::kRefuse:
      return refuse(step.status, step.error, step.hint);
    case Then::kRefuseAndReset:
      reset_server();
      return refuse(step.status, step.error, step.hint);
    case Then::kAbort:
      return abort(step.error);
  }
}

void ForwardingPhase::on_head_came() {
  requests_.forget_answer();
  head_awaited_ = false;
  head_deadline_.cancel();
}

/// What could not be decoded is what somebody will want to see.
void ForwardingPhase::record_rest() {
  while (true) {
    const wire::Event event = requests_.next();
    if (!std::holds_alternative<wire::Unparsed>(event)) return;
    recording_.on_request(event);
  }
}

Waiting ForwardingPhase::waiting() const {
  if (state_ == State::kConnecting || state_ == State::kLeft) return Waiting::kElse;
  const bool asked = state_ == State::kExchanging && recording_.awaits_answer();
  return asked ? Waiting::kAnswer : Waiting::kPeers;
}

void ForwardingPhase::on_stalled(const flow::FlowError& error) {
  if (state_ != State::kExchanging || exchange_.response_started) return Phase::on_stalled(error);
  // Half a request must not look like a whole one to its server.
  if (!exchange_.request_done) reset_server();
  refuse(exchange_.request_done ? 504 : 408, error, failure_hint(error));
}

void ForwardingPhase::begin_exchange() {
  if (session().server() != nullptr && connected_to_ == exchange_.plan.target) {
    exchange_.reused = true;
    return send_head();
  }
  if (const auto failure = newcomer_ ? newcomer_->take_failure() : std::nullopt)
    return refuse(502, *failure, failure_hint(*failure));
  drop_server();
  exchange_.reused = false;
  state_ = State::kConnecting;
  dialer_.dial(
      exchange_.plan.target, recording_.front(), role_.tls_name(),
      [this](const auto& error) {
        if (error) return refuse(502, *error, failure_hint(*error));
        connected_to_ = exchange_.plan.target;
        responses_ = wire::Http1Decoder(wire::Role::kResponse, limits());
        send_head();
        pump_requests();
      },
      role_.purpose(exchange_.plan));
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

void ForwardingPhase::reset_server() {
  if (session().server() != nullptr) session().server()->abort();
}

void ForwardingPhase::to_server(ByteView bytes) {
  net::Stream* server = session().server();
  if (server == nullptr || bytes.empty()) return;
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
    if (newcomer_) newcomer_->on_end();
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
  if (newcomer_) newcomer_->close(error);
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
  reset_server();
  session().close(error);
}

void ForwardingPhase::leave(Bytes reply, const std::optional<flow::FlowError>& error,
                            Farewell::Ending ending) {
  state_ = State::kLeft;
  close_recording(error);
  net::discard_all(session().client().input());
  if (ending == Farewell::Ending::kReset) reset_server();
  session().enter(make_replying_phase(session(), std::move(reply), error, ending));
}

}  // namespace

std::unique_ptr<Phase> make_forwarding_phase(Session& session, std::optional<Gateway> gateway,
                                             std::optional<Newcomer> newcomer) {
  return std::make_unique<ForwardingPhase>(session, std::move(gateway), std::move(newcomer));
}

}  // namespace mitm::proxy
