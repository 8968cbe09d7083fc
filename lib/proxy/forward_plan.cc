#include "lib/proxy/forward_plan.h"

#include <fmt/format.h>

#include "lib/wire/request_rewrite.h"

namespace mitm::proxy {

bool prevents_forwarding(const wire::Oddity& oddity) {
  return oddity.framing && oddity.name != "missing-host";
}

std::string describe(const wire::Oddity& oddity) {
  return oddity.detail.empty() ? std::string(oddity.name)
                               : fmt::format("{} {}", oddity.name, oddity.detail);
}

Result<ForwardPlan> plan_forward(const wire::RequestHead& head) {
  if (head.method == "CONNECT") return fail(Code::kProtocol, "CONNECT after other requests");
  auto target = wire::parse_absolute_form(head.target);
  if (!target) return std::unexpected(std::move(target).error());
  if (target->scheme != "http") {
    return fail(Code::kUnsupported,
                fmt::format("{}: a proxy is asked for https with CONNECT", head.target));
  }
  const auto& [host, port] = target->authority;
  return ForwardPlan{.target = {host, port},
                     .head = wire::rewrite_request(
                         head, {.target = wire::origin_form(head.method, *target),
                                .host = wire::format_authority(target->authority,
                                                               wire::default_port(target->scheme)),
                                .lines = wire::RequestRewrite::Lines::kAnew})};
}

}  // namespace mitm::proxy
