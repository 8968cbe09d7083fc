#include "lib/replay/outgoing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/wire/http1.h"
#include "lib/wire/http1_head.h"
#include "lib/wire/target.h"

namespace mitm::replay {
namespace {

/// Meant for a proxy alone (RFC 9110, section 11.7; Proxy-Connection is no standard, but common).
constexpr std::array<std::string_view, 2> kForTheProxy = {"proxy-connection",
                                                          "proxy-authorization"};

bool same_name(ByteView a, ByteView b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// What the decoder makes of a recorded head.
struct Reading {
  wire::RequestHead head;
  bool ambiguous = false;
};

Result<Reading> read_head(wire::Http1Decoder& decoder, ByteView raw) {
  if (raw.empty()) {
    return fail(Code::kUnsupported, "it is not HTTP/1, the only version that can be sent");
  }
  Reading reading;
  decoder.feed(raw);
  while (true) {
    const wire::Event event = decoder.next();
    if (const auto* head = std::get_if<wire::RequestHead>(&event)) {
      reading.head = *head;
      return reading;
    }
    if (const auto* oddity = std::get_if<wire::Oddity>(&event)) {
      reading.ambiguous |= oddity->framing;
    } else if (const auto* failed = std::get_if<wire::Failed>(&event)) {
      return fail(Code::kProtocol, fmt::format("its head is not HTTP/1: {}", failed->reason));
    } else {
      return fail(Code::kProtocol, "its head has no end");
    }
  }
}

std::optional<wire::AbsoluteTarget> absolute_target(ByteView target) {
  if (target.starts_with('/')) return std::nullopt;
  auto parsed = wire::parse_absolute_form(target);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

/// OPTIONS without a path asks about the server as a whole (RFC 9112, section 3.2.4).
std::string origin_form(ByteView method, const wire::AbsoluteTarget& target) {
  const bool whole = method == "OPTIONS" && !target.has_path && target.path_and_query == "/";
  return whole ? "*" : target.path_and_query;
}

Result<Destination> destination_of(const RecordedRequest& request,
                                   const std::optional<wire::AbsoluteTarget>& absolute) {
  if (absolute) {
    return Destination{absolute->scheme == "https",
                       {absolute->authority.host, absolute->authority.port}};
  }
  const bool tls = request.head.scheme == "https";
  if (request.server) return Destination{tls, *request.server};
  auto authority =
      wire::parse_authority(request.head.authority, wire::default_port(tls ? "https" : "http"));
  if (!authority) {
    return fail(Code::kProtocol, fmt::format("it is not recorded where it was sent ({})",
                                             authority.error().message));
  }
  return Destination{tls, {std::move(authority->host), authority->port}};
}

/// The field lines with their ends; Host is replaced by `host` unless that is empty.
Bytes rewrite_fields(ByteView section, const std::string& host, bool add_host) {
  const ByteView blank = section.ends_with("\r\n") ? "\r\n" : "\n";
  const ByteView lines = section.substr(0, section.size() - blank.size());
  const auto fields = wire::parse_fields(section);
  Bytes out;
  bool host_written = host.empty();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const char* const begin = i == 0 ? lines.data() : fields[i].name.data();
    const char* const end =
        i + 1 < fields.size() ? fields[i + 1].name.data() : lines.data() + lines.size();
    const auto is_named = [&](ByteView name) { return same_name(fields[i].name, name); };
    if (std::ranges::any_of(kForTheProxy, is_named)) continue;
    if (host.empty() || !is_named("host")) {
      out.append(begin, end);
    } else if (!std::exchange(host_written, true)) {
      out += fmt::format("{}: {}\r\n", fields[i].name, host);
    }
  }
  if (!host_written && add_host) out += fmt::format("Host: {}\r\n", host);
  return out.append(blank);
}

/// What Host has to say, or nothing where it stays as it is.
std::string new_host(const Route& route, const Destination& destination, bool was_absolute) {
  const bool moved = route.to && !route.keep_host;
  return moved || (was_absolute && !route.to) ? authority_of(destination) : std::string();
}

Bytes rewrite_head(const wire::RequestHead& head,
                   const std::optional<wire::AbsoluteTarget>& absolute, const std::string& host) {
  const ByteView section = wire::field_section(head.raw);
  const ByteView first(head.raw.data(), static_cast<std::size_t>(section.data() - head.raw.data()));
  Bytes out(first);
  if (absolute) {
    const auto at = static_cast<std::size_t>(head.target.data() - first.data());
    out.replace(at, head.target.size(), origin_form(head.method, *absolute));
  }
  return out + rewrite_fields(section, host, absolute || head.version != "HTTP/1.0");
}

Status check_body(const wire::RequestHead& head, const Spool& body) {
  const bool fits = head.framing == wire::BodyFraming::kChunked || head.length == body.size();
  if (fits) return {};
  return fail(Code::kProtocol, fmt::format("its head announces {} bytes, but {} were recorded",
                                           head.length, body.size()));
}

}  // namespace

bool is_tunnel(const RecordedRequest& request) {
  return request.head.method == "CONNECT" || request.status == 101;
}

Result<Outgoing> make_outgoing(const RecordedRequest& request, const Route& route) {
  if (!request.gap.empty()) return fail(Code::kCorrupt, request.gap);
  wire::Http1Decoder decoder(wire::Role::kRequest);
  auto reading = read_head(decoder, request.head.raw);
  if (!reading) return std::unexpected(std::move(reading).error());
  const wire::RequestHead& head = reading->head;
  MITM_TRY(check_body(head, *request.body));
  const auto absolute = absolute_target(head.target);
  auto destination = route.to ? Result<Destination>(*route.to) : destination_of(request, absolute);
  if (!destination) return std::unexpected(std::move(destination).error());
  const std::string host = new_host(route, *destination, absolute.has_value());
  return Outgoing{.destination = *std::move(destination),
                  .method = std::string(head.method),
                  .head = rewrite_head(head, absolute, host),
                  .chunked = head.framing == wire::BodyFraming::kChunked,
                  .trailers = request.trailers,
                  .upgrade_asked = head.upgrade_asked,
                  .keep_alive = head.keep_alive && !reading->ambiguous,
                  .ambiguous = reading->ambiguous};
}

std::string url_of(const RecordedRequest& request, const Route& route) {
  const flow::RequestHead& head = request.head;
  if (!route.to) return wire::format_url(head.scheme, head.authority, head.target);
  const auto absolute = absolute_target(head.target);
  return wire::format_url(scheme_of(*route.to), authority_of(*route.to),
                          absolute ? origin_form(head.method, *absolute) : head.target);
}

}  // namespace mitm::replay
