#include "lib/proxy/forward_request.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/proxy_login.h"
#include "lib/wire/basic_auth.h"

namespace mitm::proxy {
namespace {

using Then = RequestStep::Then;

RequestStep failed(Then then, std::uint16_t status, flow::FlowError error, std::string hint = {}) {
  return {.passed = {},
          .rewritten = {},
          .then = then,
          .status = status,
          .error = std::move(error),
          .hint = std::move(hint)};
}

RequestStep pass(ByteView bytes, Then then = Then::kGoOn) {
  return {.passed = bytes, .rewritten = {}, .then = then};
}

/// The head has gone on already.
RequestStep bad_late(flow::FlowError error, ForwardState state, const ForwardExchange& exchange) {
  const bool answered = state == ForwardState::kTunnel || exchange.response_started;
  return failed(answered ? Then::kAbort : Then::kRefuseAndReset, 400, std::move(error));
}

RequestStep on_oddity(const wire::Oddity& oddity, ForwardState state,
                      const ForwardExchange& exchange, std::optional<std::string>& objection) {
  if (!prevents_forwarding(oddity)) return {};
  objection = objection_to(oddity);
  if (state == ForwardState::kIdle) return {};
  return bad_late({"protocol", *objection}, state, exchange);
}

RequestStep on_failure(const wire::Failed& failure, ForwardState state,
                       const ForwardExchange& exchange) {
  flow::FlowError error{"protocol",
                        fmt::format("this is not an HTTP/1 request: {}", failure.reason)};
  if (state != ForwardState::kIdle) return bad_late(std::move(error), state, exchange);
  return failure.head_too_large ? failed(Then::kRefuse, 431, std::move(error), kMaxHeadHint)
                                : failed(Then::kRefuse, 400, std::move(error));
}

RequestStep on_head(const wire::RequestHead& head, const ForwardRole& role,
                    ForwardExchange& exchange, std::optional<std::string>& objection) {
  exchange = {.plan = {},
              .method = std::string(head.method),
              .form = form_for(head.method, head.fields),
              .upgrade_asked = head.upgrade_asked,
              .bodyless = head.framing == wire::BodyFraming::kNone,
              .idempotent = wire::is_idempotent(head.method),
              .keep_alive = head.keep_alive};
  if (!role.may_ask(head)) {
    Page page = login_page();
    return failed(Then::kRefuse, page.status, {std::string(kProxyAuth), page.message},
                  std::move(page.hint));
  }
  if (objection)
    return failed(Then::kRefuse, 400, {"protocol", *std::exchange(objection, std::nullopt)});
  auto plan = role.plan(head);
  if (!plan) return failed(Then::kRefuse, 400, {"protocol", plan.error().message});
  exchange.plan = *std::move(plan);
  return pass({}, Then::kBegin);
}

/// A login has no business there, and still none with a server.
RequestStep on_trailers(const wire::Trailers& trailers) {
  RequestStep step;
  step.rewritten = Bytes(trailers.wire);
  wire::LoginMask().apply(step.rewritten);
  return step;
}

RequestStep on_end(const wire::MessageEnd& end, ForwardExchange& exchange) {
  if (!end.complete) {
    return failed(Then::kAbort, 400,
                  {"client-reset", "the client went away in the middle of its request"});
  }
  exchange.request_done = true;
  return pass({}, Then::kDone);
}

}  // namespace

RequestStep judge_request(const wire::Event& event, ForwardState state, const ForwardRole& role,
                          ForwardExchange& exchange, std::optional<std::string>& objection) {
  if (const auto* oddity = std::get_if<wire::Oddity>(&event))
    return on_oddity(*oddity, state, exchange, objection);
  if (const auto* failure = std::get_if<wire::Failed>(&event))
    return on_failure(*failure, state, exchange);
  if (const auto* head = std::get_if<wire::RequestHead>(&event))
    return on_head(*head, role, exchange, objection);
  if (const auto* body = std::get_if<wire::BodyData>(&event)) return pass(body->wire);
  if (const auto* trailers = std::get_if<wire::Trailers>(&event)) return on_trailers(*trailers);
  if (const auto* end = std::get_if<wire::MessageEnd>(&event)) return on_end(*end, exchange);
  const auto* unparsed = std::get_if<wire::Unparsed>(&event);
  return unparsed != nullptr && state == ForwardState::kTunnel ? pass(unparsed->wire)
                                                               : RequestStep{};
}

}  // namespace mitm::proxy
