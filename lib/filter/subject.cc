#include "lib/filter/subject.h"

#include <algorithm>
#include <charconv>

#include "lib/base/ascii.h"
#include "lib/render/fields.h"
#include "lib/wire/target.h"

namespace mitm::filter {
namespace {

using flow::Flow;

/// "host:port" apart, without the brackets of an IPv6 address.
struct Authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

Authority split(std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != authority.npos)
    authority.remove_prefix(at + 1);
  Authority parts{.host = authority, .port = std::nullopt};
  const std::size_t colon = authority.rfind(':');
  const bool bracketed = authority.starts_with('[');
  if (colon != authority.npos &&
      (bracketed ? authority[colon - 1] == ']' : authority.find(':') == colon)) {
    std::uint16_t port = 0;
    const auto digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error == std::errc() && end == digits.end()) parts.port = port;
    parts.host = authority.substr(0, colon);
  }
  if (parts.host.starts_with('[') && parts.host.ends_with(']'))
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  return parts;
}

/// A request-target from its path on.
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == target.npos) return target;
  target.remove_prefix(scheme + 3);
  const std::size_t path = target.find_first_of("/?");
  return path == target.npos ? std::string_view() : target.substr(path);
}

void visit_unless_empty(std::string_view text, const Visit& visit) {
  if (!text.empty()) visit(text);
}

template <class Head>
void visit_fields(const Head& head, std::string_view name, const Visit& visit) {
  for (const wire::Field& field : render::header_fields(head))
    if (equal_ignoring_case(field.name, name)) visit(field.value);
}

template <class Head>
void visit_block(const Head& head, const Visit& visit) {
  std::string block;
  for (const wire::Field& field : render::header_fields(head))
    block.append(field.name).append(": ").append(field.value).append("\n");
  visit(block);
}

template <class Do>
void for_each_head(const Flow& flow, Of of, const Do& act) {
  if (of != Of::kResponse && flow.request) act(*flow.request);
  if (of == Of::kRequest) return;
  for (const auto& interim : flow.interim) act(interim);
  if (flow.response) act(*flow.response);
}

}  // namespace

bool is_http(const Flow& flow) {
  return flow.kind == flow::Kind::kHttp || flow.kind == flow::Kind::kWebSocket;
}

bool uses_tls(const Flow& flow) {
  return flow.kind == flow::Kind::kTls ||
         (flow.client && (flow.client->hello || flow.client->tls)) ||
         (flow.request && flow.request->scheme == "https");
}

std::optional<std::string> url_of(const Flow& flow) {
  if (!flow.request) return std::nullopt;
  return wire::format_url(flow.request->scheme, flow.request->authority, flow.request->target);
}

std::optional<std::string_view> path_of(const Flow& flow) {
  if (!flow.request) return std::nullopt;
  const auto target = origin_form(flow.request->target);
  return target.substr(0, target.find('?'));
}

std::optional<std::string_view> query_of(const Flow& flow) {
  if (!flow.request) return std::nullopt;
  const auto target = origin_form(flow.request->target);
  const std::size_t mark = target.find('?');
  if (mark == target.npos) return std::nullopt;
  return target.substr(mark + 1);
}

void visit_server_hosts(const Flow& flow, const Visit& visit) {
  visit_http_hosts(flow, visit);
  if (flow.client && flow.client->hello) visit_unless_empty(flow.client->hello->sni, visit);
  if (flow.server) visit_unless_empty(flow.server->address.address, visit);
}

void visit_http_hosts(const Flow& flow, const Visit& visit) {
  if (flow.server) visit_unless_empty(flow.server->target.host, visit);
  if (flow.request) visit_unless_empty(split(flow.request->authority).host, visit);
}

std::optional<std::uint16_t> server_port(const Flow& flow) {
  if (flow.server && flow.server->target.port != 0) return flow.server->target.port;
  if (!flow.request || flow.request->authority.empty()) return std::nullopt;
  const auto port = split(flow.request->authority).port;
  return port ? port : wire::default_port(flow.request->scheme);
}

std::string client_endpoint(const Flow& flow) {
  return flow.client ? to_string(flow.client->address) : std::string();
}

std::string server_endpoint(const Flow& flow) {
  return flow.server ? to_string(flow.server->target) : std::string();
}

void visit_header(const Flow& flow, Of of, std::string_view name, const Visit& visit) {
  for_each_head(flow, of, [&](const auto& head) { visit_fields(head, name, visit); });
}

void visit_header_blocks(const Flow& flow, Of of, const Visit& visit) {
  for_each_head(flow, of, [&](const auto& head) { visit_block(head, visit); });
}

std::uint64_t body_size(const Flow& flow, Of of) {
  if (of == Of::kRequest) return flow.sent.body_size;
  if (of == Of::kResponse) return flow.received.body_size;
  const std::uint64_t sum = flow.sent.body_size + flow.received.body_size;
  return sum < flow.sent.body_size ? UINT64_MAX : sum;  // a file may claim anything
}

void visit_certificates(const Flow& flow, const Visit& visit) {
  if (!flow.server || !flow.server->tls || !flow.server->tls->chain) return;
  for (const flow::Certificate& certificate : flow.server->tls->chain->certificates) {
    visit(certificate.subject);
    visit(certificate.issuer);
    visit(certificate.sha256);
    for (const auto* names : {&certificate.dns_names, &certificate.ip_names})
      for (const std::string& name : *names) visit(name);
  }
}

}  // namespace mitm::filter
