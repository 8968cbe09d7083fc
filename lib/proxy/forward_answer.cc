#include "lib/proxy/forward_answer.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/failure_hint.h"
#include "lib/proxy/upstream_link.h"
#include "lib/wire/connect_answer.h"

namespace mitm::proxy {
namespace {

using Then = AnswerStep::Then;

AnswerStep failed(Then then, std::string kind, std::string message, std::string hint = {}) {
  return {.to_client = {},
          .then = then,
          .error = {std::move(kind), std::move(message)},
          .hint = std::move(hint)};
}

AnswerStep on_oddity(const wire::Oddity& oddity, ForwardState state,
                     const ForwardExchange& exchange) {
  // Failed follows a head that is too large, and says more.
  if (!oddity.framing || state == ForwardState::kIdle || oddity.name == "head-too-large") return {};
  const bool late = exchange.response_started || state != ForwardState::kExchanging;
  return failed(late ? Then::kAbort : Then::kRefuse, "protocol",
                fmt::format("the server's answer is ambiguous: {}", describe(oddity)));
}

AnswerStep on_failure(const wire::Failed& failure, const ForwardExchange& exchange) {
  return failed(exchange.response_started ? Then::kAbort : Then::kRefuse, "protocol",
                fmt::format("the server's answer is not HTTP/1: {}", failure.reason),
                failure.head_too_large ? kMaxHeadHint : "");
}

/// It is us who have to log in there, not the client.
AnswerStep on_upstream_refusal(const wire::ResponseHead& head, const Upstream& upstream) {
  auto error =
      upstream_error(upstream, fmt::format("it answered with {}", wire::describe_refusal(head)));
  auto hint = failure_hint(error);
  return {
      .to_client = {}, .then = Then::kRefuse, .error = std::move(error), .hint = std::move(hint)};
}

AnswerStep on_head(const wire::ResponseHead& head, ForwardExchange& exchange) {
  if (head.status == 407 && exchange.plan.via) return on_upstream_refusal(head, *exchange.plan.via);
  AnswerStep step{.to_client = head.raw};
  if (head.is_interim()) return step;
  exchange.response_started = true;
  exchange.until_close = head.framing == wire::BodyFraming::kUntilClose;
  exchange.keep_alive &= head.keep_alive && !exchange.until_close;
  if (!exchange.upgrade_asked) return step;
  step.then = Then::kAnswerUpgrade;
  step.switched = head.status == 101;
  return step;
}

/// The client sees what we saw: less than was announced, then the end. Where only the end tells
/// that an answer is whole, it must not come as a proper one.
AnswerStep on_end(const wire::MessageEnd& end, ForwardExchange& exchange) {
  exchange.response_done = end.complete;
  AnswerStep step{.to_client = end.wire, .then = Then::kDone};
  if (end.complete) return step;
  step.then = exchange.until_close ? Then::kAbort : Then::kLeave;
  step.error = {"incomplete", "the server closed the connection in the middle of its answer"};
  return step;
}

/// What a server says unasked must never reach a client as the answer to its next request.
AnswerStep on_unparsed(const wire::Unparsed& unparsed, ForwardState state) {
  if (state == ForwardState::kTunnel) return {.to_client = unparsed.wire};
  return failed(state == ForwardState::kIdle ? Then::kLeaveServer : Then::kAbort, "protocol",
                "the server sent what nobody had asked for");
}

}  // namespace

AnswerStep judge_answer(const wire::Event& event, ForwardState state, ForwardExchange& exchange) {
  if (const auto* oddity = std::get_if<wire::Oddity>(&event))
    return on_oddity(*oddity, state, exchange);
  if (const auto* failure = std::get_if<wire::Failed>(&event))
    return on_failure(*failure, exchange);
  if (const auto* head = std::get_if<wire::ResponseHead>(&event)) return on_head(*head, exchange);
  if (const auto* body = std::get_if<wire::BodyData>(&event)) return {.to_client = body->wire};
  if (const auto* trailers = std::get_if<wire::Trailers>(&event))
    return {.to_client = trailers->wire};
  if (const auto* end = std::get_if<wire::MessageEnd>(&event)) return on_end(*end, exchange);
  if (const auto* unparsed = std::get_if<wire::Unparsed>(&event))
    return on_unparsed(*unparsed, state);
  return {};
}

}  // namespace mitm::proxy
