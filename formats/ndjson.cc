#include "formats/ndjson.h"

#include <string>

#include "formats/json_body.h"
#include "formats/json_facts.h"
#include "lib/flow/names.h"
#include "lib/render/content.h"
#include "lib/render/fields.h"
#include "lib/wire/target.h"

namespace mitm::formats {
namespace {

std::string_view side_name(flow::Side side) {
  return side == flow::Side::kClient ? "client" : "server";
}

Result<Bytes> read_piece(const flow::Transcript& transcript, const flow::Piece& piece) {
  Bytes content(piece.size, '\0');
  SpoolSource source = transcript.bytes(piece);
  std::span<char> rest(content);
  while (!rest.empty()) {
    const auto got = source.read(rest);
    if (!got) return std::unexpected(got.error());
    rest = rest.subspan(*got);
  }
  return content;
}

}  // namespace

Status NdjsonWriter::write(const flow::Flow& flow, const flow::FlowBodies* bodies) {
  out_.begin_object();
  write_origin(flow);
  MITM_TRY(write_request(flow, bodies));
  MITM_TRY(write_response(flow, bodies));
  write_outcome(flow);
  if (options_.bodies && bodies != nullptr && !bodies->transcript.empty()) {
    MITM_TRY(write_messages(bodies->transcript));
  }
  out_.end_object();
  return out_.finish();
}

void NdjsonWriter::write_origin(const flow::Flow& flow) {
  out_.key("id").large(flow.id);
  out_.key("connection").large(flow.connection);
  out_.key("kind").string(to_string(flow.kind));
  out_.key("time").string(format_rfc3339(flow.start));
  out_.key("duration_ms").number(to_milliseconds(flow.duration()));
  out_.key("mode");
  if (flow.client) {
    out_.string(flow::mode_name(flow.client->mode));
  } else {
    out_.null();
  }
  out_.key("client");
  write_client(out_, flow);
  out_.key("server");
  write_server(out_, flow);
  out_.key("tls");
  write_tls(out_, flow);
}

Status NdjsonWriter::write_request(const flow::Flow& flow, const flow::FlowBodies* bodies) {
  out_.key("request");
  if (!flow.request) {
    out_.null();
    return {};
  }
  const flow::RequestHead& head = *flow.request;
  out_.begin_object();
  out_.key("method").string(head.method);
  out_.key("url").string(wire::format_url(head.scheme, head.authority, head.target));
  out_.key("version").string(head.version);
  out_.key("headers");
  write_headers(out_, render::header_fields(head));
  MITM_TRY(write_body(flow, flow::Side::kClient, bodies));
  out_.end_object();
  return {};
}

Status NdjsonWriter::write_response(const flow::Flow& flow, const flow::FlowBodies* bodies) {
  out_.key("response");
  if (!flow.response) {
    out_.null();
    return {};
  }
  const flow::ResponseHead& head = *flow.response;
  out_.begin_object();
  out_.key("status").small(head.status);
  out_.key("reason").string(head.reason);
  out_.key("version").string(head.version);
  out_.key("headers");
  write_headers(out_, render::header_fields(head));
  MITM_TRY(write_body(flow, flow::Side::kServer, bodies));
  out_.end_object();
  return {};
}

Status NdjsonWriter::write_body(const flow::Flow& flow, flow::Side sender,
                                const flow::FlowBodies* bodies) {
  out_.key("body_size").large(flow.message(sender).body_size);
  if (!options_.bodies || bodies == nullptr) return {};
  const std::string encoding =
      options_.decode ? render::content_facts(flow, sender).encoding : std::string();
  out_.key("body").begin_object();
  MITM_TRY(write_body_members(out_, bodies->body(sender), encoding));
  out_.end_object();
  return {};
}

void NdjsonWriter::write_outcome(const flow::Flow& flow) {
  out_.key("timings_ms");
  write_timings(out_, flow.timings);
  out_.key("bytes").begin_object();
  out_.key("sent").large(flow.bytes_from_client);
  out_.key("received").large(flow.bytes_to_client);
  out_.end_object();
  out_.key("run").string(flow::run_name(flow.run));
  out_.key("passed").boolean(flow.passed);
  out_.key("error");
  if (flow.error) {
    out_.begin_object();
    out_.key("kind").string(flow.error->kind);
    out_.key("message").string(flow.error->message);
    out_.end_object();
  } else {
    out_.null();
  }
  out_.key("anomalies").begin_array();
  for (const flow::Anomaly& anomaly : flow.anomalies) out_.string(anomaly.name);
  out_.end_array();
  out_.key("complete").boolean(flow.complete);
}

Status NdjsonWriter::write_messages(const flow::Transcript& transcript) {
  out_.key("messages").begin_array();
  std::uint64_t position = 0;
  while (true) {
    const auto piece = transcript.next(position);
    if (!piece) return std::unexpected(piece.error());
    if (!*piece) break;
    const auto content = read_piece(transcript, **piece);
    if (!content) return std::unexpected(content.error());
    out_.begin_object();
    out_.key("from").string(side_name((*piece)->sender));
    out_.key("time").string(format_rfc3339((*piece)->time));
    if ((*piece)->kind == flow::Kind::kWebSocket) {
      out_.key("opcode").small((*piece)->opcode);
      out_.key("final").boolean((*piece)->final);
      out_.key("compressed").boolean((*piece)->compressed);
    }
    write_bytes_member(out_, *content);
    out_.end_object();
    if (!out_.flush_if_large()) break;
  }
  out_.end_array();
  return {};
}

}  // namespace mitm::formats
