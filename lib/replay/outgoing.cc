#include "lib/replay/outgoing.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "lib/wire/http1.h"
#include "lib/wire/request_rewrite.h"
#include "lib/wire/target.h"

namespace mitm::replay {
namespace {

/// What the decoder makes of a recorded head; for as long as nothing more is asked of it.
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

/// What Host has to say, or nothing where it stays as it is.
std::string new_host(const Route& route, const Destination& destination, bool was_absolute) {
  const bool moved = route.to && !route.keep_host;
  return moved || (was_absolute && !route.to) ? authority_of(destination) : std::string();
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
  wire::RequestRewrite rewrite{.host = new_host(route, *destination, absolute.has_value()),
                               .lines = wire::RequestRewrite::Lines::kAsReceived};
  if (absolute) rewrite.target = wire::origin_form(head.method, *absolute);
  return Outgoing{.destination = *std::move(destination),
                  .method = std::string(head.method),
                  .head = wire::rewrite_request(head, rewrite),
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
                          absolute ? wire::origin_form(head.method, *absolute) : head.target);
}

}  // namespace mitm::replay
