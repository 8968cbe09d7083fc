#include "lib/archive/row_codec.h"

#include <algorithm>

#include "lib/archive/capnp_values.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

namespace mitm::archive {
namespace {

void put_sizes(const flow::Message& message, schema::Sizes::Builder out) {
  out.setBody(message.body_size);
  out.setRecorded(message.recorded_size);
  out.setRaw(message.raw_size);
  out.setMessages(message.messages);
}

flow::Message message_of(schema::Sizes::Reader in) {
  flow::Message message;
  message.body_size = in.getBody();
  message.recorded_size = in.getRecorded();
  message.raw_size = in.getRaw();
  message.messages = in.getMessages();
  return message;
}

void put_client(const flow::ClientSide& client, schema::FlowRow::Builder out) {
  put_endpoint(client.address, out.initClient());
  if (client.hello != nullptr) MITM_PUT(out, Sni, octets, client.hello->sni);
}

void put_server(const flow::ServerSide& server, schema::FlowRow::Builder out) {
  put_endpoint(server.address, out.initServer());
  MITM_PUT(out, Host, octets, server.target.host);
  out.setPort(server.target.port);
}

void put_request(const flow::RequestHead& request, schema::FlowRow::Builder out) {
  MITM_PUT(out, Method, octets, request.method);
  MITM_PUT(out, Scheme, octets, request.scheme);
  MITM_PUT(out, Authority, octets, request.authority);
  MITM_PUT(out, Target, octets, request.target);
}

void put_anomalies(const flow::Flow& flow, schema::FlowRow::Builder out) {
  const std::size_t named = std::min(flow.anomalies.size(), kRowAnomalies);
  if (named > 0) {
    auto names = out.initAnomalies(static_cast<capnp::uint>(named));
    for (capnp::uint i = 0; i < named; ++i) names.set(i, text(flow.anomalies[i].name));
  }
  out.setAnomalyCount(flow.anomaly_count);
}

void put_presence(const flow::Flow& flow, schema::FlowRow::Builder out) {
  out.setHasClient(flow.client != nullptr);
  out.setHasHello(flow.client != nullptr && flow.client->hello != nullptr);
  out.setHasServer(flow.server != nullptr);
  out.setHasRequest(flow.request.has_value());
  out.setHasResponse(flow.response.has_value());
}

void put_contents(const flow::Flow& flow, schema::FlowRow::Builder out) {
  put_presence(flow, out);
  if (flow.client) out.setMode(mode(flow.client->mode));
  if (flow.response) out.setStatus(flow.response->status);
  if (flow.client) put_client(*flow.client, out);
  if (flow.server) put_server(*flow.server, out);
  if (flow.request) put_request(*flow.request, out);
  put_sizes(flow.sent, out.initSent());
  put_sizes(flow.received, out.initReceived());
  out.setBytesFromClient(flow.bytes_from_client);
  out.setBytesToClient(flow.bytes_to_client);
  if (flow.error) put_flow_error(*flow.error, out.initError());
  put_anomalies(flow, out);
}

void put_flags(const FlowRow& row, schema::FlowRow::Builder out) {
  const flow::Flow& flow = row.flow;
  out.setComplete(flow.complete);
  out.setPassed(flow.passed);
  out.setUnfinished(row.unfinished);
  out.setMadeConnection(flow.made_connection);
  out.setClipped(row.clipped);
}

std::shared_ptr<const flow::ClientSide> client_of(schema::FlowRow::Reader in, flow::Mode mode) {
  if (!in.getHasClient()) return nullptr;
  auto client = std::make_shared<flow::ClientSide>();
  client->address = endpoint_of(in.getClient());
  client->mode = mode;
  if (in.getHasHello()) {
    auto hello = std::make_shared<flow::ClientHelloFacts>();
    hello->sni = string_of(in.getSni());
    client->hello = std::move(hello);
  }
  return client;
}

std::shared_ptr<const flow::ServerSide> server_of(schema::FlowRow::Reader in) {
  if (!in.getHasServer()) return nullptr;
  auto server = std::make_shared<flow::ServerSide>();
  server->address = endpoint_of(in.getServer());
  server->target = {.host = string_of(in.getHost()), .port = in.getPort()};
  return server;
}

flow::RequestHead request_of(schema::FlowRow::Reader in) {
  flow::RequestHead request;
  request.method = string_of(in.getMethod());
  request.scheme = string_of(in.getScheme());
  request.authority = string_of(in.getAuthority());
  request.target = string_of(in.getTarget());
  return request;
}

void get_contents(schema::FlowRow::Reader in, flow::Mode mode, flow::Flow& out) {
  out.client = client_of(in, mode);
  out.server = server_of(in);
  if (in.getHasRequest()) out.request = request_of(in);
  if (in.getHasResponse()) out.response.emplace().status = in.getStatus();
  out.sent = message_of(in.getSent());
  out.received = message_of(in.getReceived());
  out.bytes_from_client = in.getBytesFromClient();
  out.bytes_to_client = in.getBytesToClient();
  if (in.hasError()) out.error = error_of(in.getError());
  for (const auto name : in.getAnomalies()) out.anomalies.push_back({.name = string_of(name)});
  out.anomaly_count = in.getAnomalyCount();
}

}  // namespace

std::size_t text_size(const flow::Flow& flow) {
  std::size_t size = 0;
  if (flow.client) size += flow.client->address.address.size();
  if (flow.client && flow.client->hello) size += flow.client->hello->sni.size();
  if (flow.server) size += flow.server->address.address.size() + flow.server->target.host.size();
  if (flow.request) {
    size += flow.request->method.size() + flow.request->scheme.size() +
            flow.request->authority.size() + flow.request->target.size();
  }
  if (flow.error) size += flow.error->kind.size() + flow.error->message.size();
  const std::size_t named = std::min(flow.anomalies.size(), kRowAnomalies);
  for (std::size_t i = 0; i < named; ++i) size += flow.anomalies[i].name.size();
  return size;
}

void put_row(const FlowRow& row, schema::FlowRow::Builder out) {
  const flow::Flow& flow = row.flow;
  out.setFlow(flow.id);
  out.setConnection(flow.connection);
  out.setSource(flow.source);
  out.setRun(flow.run);
  out.setKind(kind(flow.kind));
  out.setStart(nanoseconds(flow.start));
  out.setEnd(nanoseconds(flow.end));
  out.setFirstFrame(row.first_frame);
  if (!row.fact_frames.empty()) {
    auto frames = out.initFactFrames(static_cast<capnp::uint>(row.fact_frames.size()));
    for (capnp::uint i = 0; i < frames.size(); ++i) frames.set(i, row.fact_frames[i]);
  }
  put_flags(row, out);
  if (!row.clipped) put_contents(flow, out);
}

std::optional<FlowRow> row_of(schema::FlowRow::Reader in) {
  const auto kind = kind_of(in.getKind());
  const auto mode = mode_of(in.getMode());
  if (!kind || !mode) return std::nullopt;
  FlowRow row;
  flow::Flow& flow = row.flow;
  flow.id = in.getFlow();
  flow.connection = in.getConnection();
  flow.source = in.getSource();
  flow.run = in.getRun();
  flow.kind = *kind;
  flow.start = record_time(in.getStart());
  flow.end = record_time(in.getEnd());
  flow.complete = in.getComplete();
  flow.passed = in.getPassed();
  flow.made_connection = in.getMadeConnection();
  row.unfinished = in.getUnfinished();
  row.clipped = in.getClipped();
  row.first_frame = in.getFirstFrame();
  // Each is read whole.
  if (in.getFactFrames().size() > kMaxFactFrames) return std::nullopt;
  for (const std::uint64_t frame : in.getFactFrames()) row.fact_frames.push_back(frame);
  if (!row.clipped) get_contents(in, *mode, flow);
  return row;
}

bool alike(const FlowRow& one, const FlowRow& other) {
  capnp::MallocMessageBuilder messages[2];
  put_row(one, messages[0].initRoot<schema::FlowRow>());
  put_row(other, messages[1].initRoot<schema::FlowRow>());
  const auto first = capnp::messageToFlatArray(messages[0]);
  const auto second = capnp::messageToFlatArray(messages[1]);
  return first.asBytes() == second.asBytes();
}

}  // namespace mitm::archive
