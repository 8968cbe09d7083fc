#include "lib/render/line.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "lib/flow/names.h"
#include "lib/render/human.h"
#include "lib/render/ink.h"
#include "lib/render/sanitize.h"
#include "lib/wire/target.h"

namespace mitm::render {
namespace {

using flow::Flow;
using flow::Kind;

constexpr std::size_t kNamedAnomalies = 3;

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

void append_host_port(std::string& out, std::string_view host, std::uint16_t port) {
  const bool brackets = host.find(':') != std::string_view::npos;
  if (brackets) out += '[';
  append_sanitized(out, host.empty() ? "?" : host, Keep::kWord);
  if (brackets) out += ']';
  out += ':';
  append_number(out, port);
}

void append_addresses(std::string& out, const Flow& flow) {
  if (flow.client) {
    append_host_port(out, flow.client->address.address, flow.client->address.port);
  } else {
    out += '?';
  }
  out += " > ";
  if (flow.server && !flow.server->address.address.empty()) {
    append_host_port(out, flow.server->address.address, flow.server->address.port);
  } else {
    out += '?';
  }
  out += ": ";
}

Ink method_ink(std::string_view method) {
  if (method == "GET") return Ink::kGreen;
  return method == "DELETE" ? Ink::kRed : Ink::kMagenta;
}

Ink status_ink(std::uint16_t status) {
  if (status >= 400 || status < 100) return Ink::kRed;
  if (status >= 300) return Ink::kMagenta;
  return status >= 200 ? Ink::kGreen : Ink::kPlain;
}

void append_request(std::string& out, const Flow& flow, Painter painter) {
  if (!flow.request) {
    out += "- -";
    return;
  }
  const flow::RequestHead& request = *flow.request;
  const Ink ink = method_ink(request.method);
  out += painter.begin(ink);
  append_sanitized(out, request.method.empty() ? "-" : request.method, Keep::kWord);
  out += painter.end(ink);
  out += ' ';
  const std::string url = wire::format_url(request.scheme, request.authority, request.target);
  append_sanitized(out, url, Keep::kWord);
}

void append_status(std::string& out, const Flow& flow, Painter painter) {
  if (!flow.response) {
    painter.append(out, Ink::kRed, "-");
    return;
  }
  const Ink ink = status_ink(flow.response->status);
  out += painter.begin(ink);
  append_number(out, flow.response->status);
  out += painter.end(ink);
}

void append_http(std::string& out, const Flow& flow, const TextOptions& options, Painter painter) {
  append_request(out, flow, painter);
  const bool websocket = flow.kind == Kind::kWebSocket;
  if (options.detail != Detail::kQuiet && !websocket && flow.sent.body_size > 0) {
    out += " +";
    append_size(out, flow.sent.body_size);
  }
  out += ' ';
  append_status(out, flow, painter);
  if (options.detail == Detail::kQuiet) return;
  if (websocket) {
    out += " websocket +";
    append_size(out, flow.sent.raw_size);
  }
  out += ' ';
  append_size(out, websocket ? flow.received.raw_size : flow.received.body_size);
}

/// Where a flow went that is not HTTP: the name the client asked for.
void append_destination(std::string& out, const Flow& flow) {
  const std::uint16_t port = flow.server ? flow.server->target.port : std::uint16_t{0};
  const bool named = flow.client && flow.client->hello && !flow.client->hello->sni.empty();
  const std::string_view host = named         ? std::string_view(flow.client->hello->sni)
                                : flow.server ? std::string_view(flow.server->target.host)
                                              : std::string_view();
  append_host_port(out, host, port);
}

void append_other(std::string& out, const Flow& flow, const TextOptions& options) {
  out += to_string(flow.kind);
  out += ' ';
  append_destination(out, flow);
  if (options.detail == Detail::kQuiet) return;
  out += " +";
  append_size(out, flow.bytes_from_client);
  out += ' ';
  append_size(out, flow.bytes_to_client);
}

void append_anomalies(std::string& out, const Flow& flow, Painter painter) {
  if (flow.anomaly_count == 0) return;
  out += ' ';
  out += painter.begin(Ink::kYellow);
  out += "[anomaly";
  std::size_t named = 0;
  for (; named < flow.anomalies.size() && named < kNamedAnomalies; ++named) {
    out += ' ';
    append_sanitized(out, flow.anomalies[named].name, Keep::kWord);
  }
  if (flow.anomaly_count > named) {
    fmt::format_to(std::back_inserter(out), " +{} more", flow.anomaly_count - named);
  }
  out += ']';
  out += painter.end(Ink::kYellow);
}

void append_marks(std::string& out, const Flow& flow, Painter painter) {
  if (flow.passed) out += " [passed]";
  const bool is_partial = flow.sent.recorded_size < flow.sent.body_size ||
                          flow.received.recorded_size < flow.received.body_size;
  if (is_partial && !flow.is_damaged()) {
    painter.append(out, Ink::kYellow, " [snapped]");
  }
  if (!flow.complete && !flow.error) painter.append(out, Ink::kRed, " [incomplete]");
  if (flow.error) {
    out += ' ';
    out += painter.begin(Ink::kRed);
    out += '[';
    append_sanitized(out, flow.error->kind, Keep::kWord);
    if (!flow.error->message.empty()) {
      out += ": ";
      append_sanitized(out, flow.error->message);
    }
    out += ']';
    out += painter.end(Ink::kRed);
  }
  append_anomalies(out, flow, painter);
}

}  // namespace

void append_id(std::string& out, const Flow& flow, bool with_run) {
  out += flow::flow_name(flow.run, flow.id, with_run);
}

void append_line(std::string& out, const Flow& flow, const TextOptions& options) {
  const Painter painter(options.color);
  if (options.detail != Detail::kQuiet) {
    out += '#';
    append_id(out, flow, options.show_run);
    out += ' ';
    append_addresses(out, flow);
  }
  const bool http = flow.kind == Kind::kHttp || flow.kind == Kind::kWebSocket || flow.request;
  if (http) {
    append_http(out, flow, options, painter);
  } else {
    append_other(out, flow, options);
  }
  if (options.detail != Detail::kQuiet) {
    out += ' ';
    append_duration(out, flow.duration());
  }
  append_marks(out, flow, painter);
}

}  // namespace mitm::render
