#include "lib/proxy/http1_recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/wire/http1_head.h"

namespace mitm::proxy {
namespace {

std::size_t index(flow::Side side) { return static_cast<std::size_t>(side); }

/// Calls `write` with pieces that fit into one record.
template <class Write>
void in_chunks(ByteView bytes, Write write) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), flow::kMaxChunk))) {
    write(bytes.substr(0, flow::kMaxChunk));
  }
}

flow::FlowError cut_short() {
  return {"incomplete", "the connection ended before the exchange was complete"};
}

/// As much of a part of a head as may be repeated beside it.
std::string beginning(ByteView part) { return std::string(part.substr(0, flow::kMaxChunk)); }

struct Location {
  std::string scheme, authority;
};

/// What the URL of a request begins with: what its target says, else its Host field, else what is
/// known of the connection (RFC 9112, section 3.3).
Location locate(const wire::RequestHead& head, const std::string& scheme,
                const std::string& authority) {
  if (head.method == "CONNECT") return {scheme, std::string(head.target)};
  if (const auto colon = head.target.find("://");
      colon != ByteView::npos && !head.target.starts_with('/')) {
    const ByteView rest = head.target.substr(colon + 3);
    return {beginning(head.target.substr(0, colon)),
            std::string(rest.substr(0, rest.find_first_of("/?#")))};
  }
  const auto host = wire::find_field(head.fields, "host");
  return {scheme, host && !host->empty() ? std::string(*host) : authority};
}

Bytes without_login(ByteView bytes) {
  Bytes copy(bytes);
  wire::LoginMask().apply(copy);
  return copy;
}

}  // namespace

void write_snapped(const ConnectionJournal& journal, flow::FlowId flow, flow::Side sender,
                   std::uint64_t left_out) {
  if (left_out == 0) return;
  journal.write(flow, flow::Anomaly{sender, "snapped", fmt::format("{} octets", left_out)});
}

Http1Recording::Http1Recording(ConnectionJournal journal, RecordingOptions options,
                               std::string scheme, std::string authority)
    : journal_(journal),
      options_(options),
      scheme_(std::move(scheme)),
      authority_(std::move(authority)) {}

bool Http1Recording::awaits_answer() const {
  if (open_.empty()) return false;
  const Exchange& front = open_.front();
  return front.request.ended && !front.response.started && !front.raw;
}

void Http1Recording::on_request(const wire::Event& event) {
  if (const auto* oddity = std::get_if<wire::Oddity>(&event))
    return on_oddity(flow::Side::kClient, *oddity);
  if (const auto* head = std::get_if<wire::RequestHead>(&event)) return on_request_head(*head);
  if (const auto* unparsed = std::get_if<wire::Unparsed>(&event)) {
    return on_unparsed(flow::Side::kClient, unparsed->wire);
  }
  if (const auto* failed = std::get_if<wire::Failed>(&event)) {
    return on_oddity(flow::Side::kClient, {"unparsable", failed->reason, true});
  }
  if (!open_.empty()) on_event(flow::Side::kClient, open_.back(), open_.back().request, event);
}

void Http1Recording::on_response(const wire::Event& event) {
  if (const auto* oddity = std::get_if<wire::Oddity>(&event))
    return on_oddity(flow::Side::kServer, *oddity);
  if (const auto* head = std::get_if<wire::ResponseHead>(&event)) return on_response_head(*head);
  if (const auto* unparsed = std::get_if<wire::Unparsed>(&event)) {
    return on_unparsed(flow::Side::kServer, unparsed->wire);
  }
  if (const auto* failed = std::get_if<wire::Failed>(&event)) {
    return on_oddity(flow::Side::kServer, {"unparsable", failed->reason, true});
  }
  if (!open_.empty()) on_event(flow::Side::kServer, open_.front(), open_.front().response, event);
}

void Http1Recording::on_request_head(const wire::RequestHead& head) {
  Exchange& exchange = open_.emplace_back();
  exchange.id = journal_.next_flow();
  exchange.request.started = true;
  exchange.connect = head.method == "CONNECT";
  auto [scheme, authority] = options_.host_is_the_route && head.method != "CONNECT"
                                 ? Location{scheme_, authority_}
                                 : locate(head, scheme_, authority_);
  const bool whole =
      fits(flow::Side::kClient, head.raw.size() + head.method.size() + scheme.size() +
                                    head.target.size() + authority.size());
  journal_.write(exchange.id, flow::RequestHead{.method = beginning(head.method),
                                                .scheme = std::move(scheme),
                                                .target = beginning(head.target),
                                                .authority = beginning(authority),
                                                .version = std::string(head.version),
                                                .raw = whole ? shown(head.raw) : Bytes(),
                                                .fields = {}});
  exchange.request.wire += head.wire.size();
  write_pending(flow::Side::kClient, exchange.id, exchange.request);
  if (exchange.request.keep_raw) {
    write_raw(flow::Side::kClient, exchange.id, exchange.request, shown(head.wire));
  }
}

Bytes Http1Recording::shown(ByteView from_client) const {
  return options_.hide_proxy_login ? without_login(from_client) : Bytes(from_client);
}

void Http1Recording::on_response_head(const wire::ResponseHead& head) {
  if (open_.empty()) return on_unparsed(flow::Side::kServer, head.wire);
  Exchange& exchange = open_.front();
  const bool whole = fits(flow::Side::kServer, head.raw.size() + head.reason.size());
  journal_.write(exchange.id, flow::ResponseHead{.version = std::string(head.version),
                                                 .status = head.status,
                                                 .reason = beginning(head.reason),
                                                 .raw = whole ? Bytes(head.raw) : Bytes(),
                                                 .fields = {}});
  exchange.response.wire += head.wire.size();
  if (!head.is_interim()) exchange.response.started = true;
  // After a switch of protocols the exchange goes on as bytes, until the connection ends.
  exchange.raw |= head.status == 101 || (exchange.connect && head.status / 100 == 2);
  write_pending(flow::Side::kServer, exchange.id, exchange.response);
  if (exchange.response.keep_raw) {
    write_raw(flow::Side::kServer, exchange.id, exchange.response, head.wire);
  }
}

void Http1Recording::on_event(flow::Side sender, Exchange& exchange, Message& message,
                              const wire::Event& event) {
  const auto told = [&](ByteView bytes) {
    return sender == flow::Side::kClient ? shown(bytes) : Bytes(bytes);
  };
  if (const auto* body = std::get_if<wire::BodyData>(&event)) {
    message.wire += body->wire.size();
    write_pending(sender, exchange.id, message);
    write_body(sender, exchange, message, body->data);
    if (message.keep_raw) write_raw(sender, exchange.id, message, body->wire);
  } else if (const auto* trailers = std::get_if<wire::Trailers>(&event)) {
    message.wire += trailers->wire.size();
    const bool whole = fits(sender, trailers->raw.size());
    write_pending(sender, exchange.id, message);
    journal_.write(exchange.id, flow::Trailers{.sender = sender,
                                               .raw = whole ? told(trailers->raw) : Bytes(),
                                               .fields = {}});
    if (message.keep_raw) write_raw(sender, exchange.id, message, told(trailers->wire));
  } else if (const auto* end = std::get_if<wire::MessageEnd>(&event)) {
    message.wire += end->wire.size();
    write_raw(sender, exchange.id, message, told(end->wire));
    end_message(sender, exchange, message, end->complete);
    finish_front_exchanges();
  }
}

void Http1Recording::on_oddity(flow::Side sender, const wire::Oddity& oddity) {
  const bool hides = sender == flow::Side::kClient && options_.hide_proxy_login;
  pending_[index(sender)].push_back(
      {sender, std::string(oddity.name),
       hides ? wire::detail_without_login(oddity.name, oddity.detail) : oddity.detail});
  pending_framing_[index(sender)] |= oddity.framing;
}

bool Http1Recording::fits(flow::Side sender, std::size_t octets) {
  if (octets <= flow::kMaxHead) return true;
  on_oddity(sender, {"head-too-large", fmt::format("{} octets", octets), true});
  return false;
}

void Http1Recording::write_pending(flow::Side sender, flow::FlowId flow, Message& message) {
  for (auto& anomaly : std::exchange(pending_[index(sender)], {}))
    journal_.write(flow, std::move(anomaly));
  message.keep_raw |= std::exchange(pending_framing_[index(sender)], false);
}

/// What of `bytes` may still be recorded after `already`.
ByteView Http1Recording::snapped(ByteView bytes, std::uint64_t already) const {
  const auto room = options_.snap_length - std::min(options_.snap_length, already);
  return bytes.substr(0, std::min<std::uint64_t>(room, bytes.size()));
}

void Http1Recording::write_body(flow::Side sender, const Exchange& exchange, Message& message,
                                ByteView data) {
  message.body += data.size();
  data = snapped(data, message.recorded);
  message.recorded += data.size();
  in_chunks(data, [&](ByteView chunk) {
    journal_.write(exchange.id, flow::BodyChunk{.sender = sender, .data = Bytes(chunk)});
  });
}

void Http1Recording::write_raw(flow::Side sender, flow::FlowId flow, Message& message,
                               ByteView bytes) {
  const auto all = bytes.size();
  bytes = snapped(bytes, message.raw_recorded);
  message.raw_recorded += bytes.size();
  message.raw_left_out += all - bytes.size();
  in_chunks(bytes, [&](ByteView chunk) {
    journal_.write(flow, flow::RawBytes{.sender = sender, .data = Bytes(chunk)});
  });
}

Http1Recording::Exchange& Http1Recording::raw_exchange(flow::Side sender) {
  // What follows an upgrade belongs to its exchange. Anything else is a raw flow of its own.
  if (!open_.empty()) {
    Exchange& candidate = sender == flow::Side::kClient ? open_.back() : open_.front();
    candidate.raw = true;
    return candidate;
  }
  Exchange& exchange = open_.emplace_back();
  exchange.id = journal_.next_flow();
  exchange.raw = true;
  return exchange;
}

void Http1Recording::on_unparsed(flow::Side sender, ByteView bytes) {
  Exchange& exchange = raw_exchange(sender);
  Message& message = sender == flow::Side::kClient ? exchange.request : exchange.response;
  message.wire += bytes.size();
  write_pending(sender, exchange.id, message);
  if (sender == flow::Side::kServer || !options_.hide_proxy_login)
    return write_raw(sender, exchange.id, message, bytes);
  Bytes masked(bytes);
  mask_.apply(masked);
  write_raw(sender, exchange.id, message, masked);
}

void Http1Recording::end_message(flow::Side sender, const Exchange& exchange, Message& message,
                                 bool complete) {
  message.ended = true;
  message.complete = complete;
  journal_.write(exchange.id, flow::MessageEnd{.sender = sender,
                                               .body_size = message.body,
                                               .recorded_size = message.recorded,
                                               .complete = complete});
}

void Http1Recording::finish_front_exchanges() {
  while (!open_.empty()) {
    Exchange& front = open_.front();
    if (!front.request.ended || !front.response.ended || front.raw) return;
    const bool whole = front.request.complete && front.response.complete;
    end(front, whole ? std::nullopt : std::optional(reason_.value_or(cut_short())));
    open_.pop_front();
  }
}

void Http1Recording::end(Exchange& exchange, const std::optional<flow::FlowError>& error) {
  write_pending(flow::Side::kClient, exchange.id, exchange.request);
  write_pending(flow::Side::kServer, exchange.id, exchange.response);
  for (const auto side : {flow::Side::kClient, flow::Side::kServer}) {
    Message& message = side == flow::Side::kClient ? exchange.request : exchange.response;
    if (message.started && !message.ended) end_message(side, exchange, message, false);
    write_snapped(journal_, exchange.id, side, message.raw_left_out);
  }
  const bool http = exchange.request.started;
  const bool complete = http ? exchange.request.complete && exchange.response.complete : !error;
  journal_.write(exchange.id, flow::FlowEnd{.kind = http ? flow::Kind::kHttp : flow::Kind::kTcp,
                                            .complete = complete && !error,
                                            .passed = false,
                                            .error = error,
                                            .bytes_from_client = exchange.request.wire,
                                            .bytes_to_client = exchange.response.wire});
}

void Http1Recording::close(const std::optional<flow::FlowError>& error) {
  for (Exchange& exchange : open_) {
    const bool answered = exchange.request.complete && exchange.response.complete;
    if (error || answered || (exchange.raw && !exchange.request.started)) {
      end(exchange, error);
    } else {
      end(exchange, reason_.value_or(cut_short()));
    }
  }
  open_.clear();
}

void Http1Recording::fail_front(const flow::FlowError& error) {
  if (open_.empty()) return;
  end(open_.front(), error);
  open_.pop_front();
}

}  // namespace mitm::proxy
