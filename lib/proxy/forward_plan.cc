#include "lib/proxy/forward_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "lib/wire/target.h"

namespace mitm::proxy {
namespace {

/// Meant for us alone (RFC 9110, section 11.7; Proxy-Connection is no standard, but curl sends it).
constexpr std::array<std::string_view, 2> kForTheProxy = {"proxy-connection",
                                                          "proxy-authorization"};

bool same_name(ByteView a, ByteView b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string host_value(const wire::AbsoluteTarget& target) {
  const auto& [host, port] = target.authority;
  const auto name = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  return port == wire::default_port(target.scheme) ? name : fmt::format("{}:{}", name, port);
}

/// OPTIONS without a path asks about the server as a whole (RFC 9112, section 3.2.4).
std::string origin_form(const wire::RequestHead& head, const wire::AbsoluteTarget& target) {
  return head.method == "OPTIONS" && !target.has_path && target.path_and_query == "/"
             ? "*"
             : target.path_and_query;
}

}  // namespace

bool prevents_forwarding(const wire::Oddity& oddity) {
  return oddity.framing && oddity.name != "missing-host";
}

Result<ForwardPlan> plan_forward(const wire::RequestHead& head) {
  if (head.method == "CONNECT") return fail(Code::kProtocol, "CONNECT after other requests");
  auto target = wire::parse_absolute_form(head.target);
  if (!target) return std::unexpected(std::move(target).error());
  if (target->scheme != "http") {
    return fail(Code::kUnsupported,
                fmt::format("{}: a proxy is asked for https with CONNECT", head.target));
  }
  ForwardPlan plan{{target->authority.host, target->authority.port}, {}};
  plan.head = fmt::format("{} {} {}\r\n", head.method, origin_form(head, *target), head.version);
  const std::string host = host_value(*target);
  bool host_written = false;
  for (const auto& field : head.fields) {
    if (std::ranges::any_of(kForTheProxy,
                            [&](ByteView name) { return same_name(field.name, name); }))
      continue;
    if (same_name(field.name, "host")) {
      if (!host_written) plan.head += fmt::format("{}: {}\r\n", field.name, host);
      host_written = true;
    } else {
      plan.head.append(field.name.data(), field.value.data() + field.value.size());
      plan.head += "\r\n";
    }
  }
  if (!host_written) plan.head += fmt::format("Host: {}\r\n", host);
  plan.head += "\r\n";
  return plan;
}

}  // namespace mitm::proxy
