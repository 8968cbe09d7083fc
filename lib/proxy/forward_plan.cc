#include "lib/proxy/forward_plan.h"

#include <fmt/format.h>

#include "lib/base/display.h"
#include "lib/wire/basic_auth.h"
#include "lib/wire/request_rewrite.h"

namespace mitm::proxy {
namespace {

/// What an upstream proxy for HTTP needs besides.
void address_upstream(ForwardPlan& plan, const Routes& routes, wire::RequestRewrite& rewrite,
                      ByteView method, const std::string& path) {
  auto via = routes.requests_proxy(plan.target);
  if (!via) return;
  const auto authority =
      wire::format_authority({plan.target.host, plan.target.port}, wire::default_port("http"));
  rewrite.target = fmt::format("http://{}{}", authority, path == "*" ? "" : path);
  // The answer to TRACE is the request, which is for the client.
  if (via->login && method != "TRACE") rewrite.login = wire::format_basic(*via->login);
  plan.via = std::move(via);
}

}  // namespace

bool prevents_forwarding(const wire::Oddity& oddity) {
  return oddity.framing && oddity.name != "missing-host";
}

std::string describe(const wire::Oddity& oddity) {
  const auto detail = wire::detail_without_login(oddity.name, oddity.detail);
  return detail.empty() ? std::string(oddity.name) : fmt::format("{} {}", oddity.name, detail);
}

std::string objection_to(const wire::Oddity& oddity) {
  const bool names_nobody = oddity.name == "bad-target" || oddity.name == "bad-host";
  return fmt::format(
      "{}: {}",
      names_nobody ? "the request names no server that there can be" : "the request is ambiguous",
      describe(oddity));
}

Result<ForwardPlan> plan_forward(const wire::RequestHead& head, const Routes& routes) {
  if (head.method == "CONNECT") return fail(Code::kProtocol, "CONNECT after other requests");
  auto target = wire::parse_absolute_form(head.target);
  if (!target) return std::unexpected(std::move(target).error());
  if (target->scheme != "http") {
    return fail(Code::kUnsupported,
                fmt::format("{}: a proxy is asked for https with CONNECT", printable(head.target)));
  }
  const auto& [host, port] = target->authority;
  wire::RequestRewrite rewrite{
      .target = wire::origin_form(head.method, *target),
      .host = wire::format_authority(target->authority, wire::default_port(target->scheme)),
      .lines = wire::RequestRewrite::Lines::kAnew};
  ForwardPlan plan{.target = {host, port}, .head = {}};
  address_upstream(plan, routes, rewrite, head.method, std::string(*rewrite.target));
  plan.head = wire::rewrite_request(head, rewrite);
  return plan;
}

Result<ForwardPlan> plan_gateway(const wire::RequestHead& head, const ReverseRoute& route,
                                 bool keep_host, const Routes& routes) {
  if (head.method == "CONNECT")
    return fail(Code::kProtocol, "CONNECT is for proxies, and this stands in for a server");
  const std::uint16_t port = wire::default_port(route.uses_tls() ? "https" : "http");
  wire::RequestRewrite rewrite{
      .host = wire::format_authority({route.target.host, route.target.port}, port),
      .lines = wire::RequestRewrite::Lines::kAnew};
  if (!head.target.starts_with('/') && head.target != "*") {
    auto target = wire::parse_absolute_form(head.target);
    if (!target) return std::unexpected(std::move(target).error());
    rewrite.target = wire::origin_form(head.method, *target);
    if (keep_host)
      rewrite.host = wire::format_authority(target->authority, wire::default_port(target->scheme));
  } else if (keep_host && wire::find_field(head.fields, "host")) {
    rewrite.host.clear();
  }
  ForwardPlan plan{.target = route.target, .head = {}};
  // A proxy would write Host anew (RFC 9112, section 3.2.2).
  if (!route.uses_tls() && !keep_host)
    address_upstream(plan, routes, rewrite, head.method,
                     rewrite.target.value_or(std::string(head.target)));
  plan.head = wire::rewrite_request(head, rewrite);
  return plan;
}

}  // namespace mitm::proxy
