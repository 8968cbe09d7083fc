#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/archive/capnp_values.h"
#include "lib/archive/record_codec.h"

namespace mitm::archive {
namespace {

/// The functions below return nullopt for an enumerant that a later version added.
std::optional<flow::Side> side_of(schema::Side side) {
  switch (side) {
    case schema::Side::CLIENT:
      return flow::Side::kClient;
    case schema::Side::SERVER:
      return flow::Side::kServer;
  }
  return std::nullopt;
}

template <class List>
auto strings_of(List list) {
  std::vector<std::string> strings;
  strings.reserve(list.size());
  for (auto item : list) strings.push_back(string_of(item));
  return strings;
}

std::vector<flow::HeaderField> fields_of(capnp::List<schema::HeaderField>::Reader list) {
  std::vector<flow::HeaderField> fields;
  fields.reserve(list.size());
  for (auto field : list)
    fields.push_back({string_of(field.getName()), string_of(field.getValue())});
  return fields;
}

flow::Totals totals_of(schema::Totals::Reader in) {
  return {.seen = in.getSeen(),
          .recorded = in.getRecorded(),
          .filtered = in.getFiltered(),
          .passed = in.getPassed(),
          .failed = in.getFailed(),
          .lost = in.getLost(),
          .hurried_frames = in.getHurriedFrames()};
}

template <class In>
std::optional<flow::FlowError> optional_error_of(In in) {
  return in.hasError() ? std::optional(error_of(in.getError())) : std::nullopt;
}

flow::Certificate certificate_of(schema::CertificateChain::Certificate::Reader in) {
  return {.der = string_of(in.getDer()),
          .subject = string_of(in.getSubject()),
          .issuer = string_of(in.getIssuer()),
          .dns_names = strings_of(in.getDnsNames()),
          .ip_names = strings_of(in.getIpNames()),
          .serial = string_of(in.getSerial()),
          .not_before = certificate_time(in.getNotBefore()),
          .not_after = certificate_time(in.getNotAfter()),
          .key = string_of(in.getKey()),
          .sha256 = string_of(in.getSha256())};
}

ChainCache::Chain chain_of(schema::CertificateChain::Reader in) {
  auto chain = std::make_shared<flow::CertificateChain>();
  chain->id = string_of(in.getId());
  chain->certificates.reserve(in.getCertificates().size());
  for (auto certificate : in.getCertificates()) {
    chain->certificates.push_back(certificate_of(certificate));
  }
  return chain;
}

ChainCache::Chain chain_by_id(capnp::Data::Reader stored_id, ChainCache& chains) {
  if (stored_id.size() == 0) return nullptr;
  std::string id = string_of(stored_id);
  if (auto chain = chains.use(id)) return chain;
  return std::make_shared<flow::CertificateChain>(flow::CertificateChain{.id = std::move(id)});
}

flow::Header header_of(schema::Header::Reader in) {
  return {.run_id = in.getRunId(),
          .format = in.getFormat(),
          .file_number = in.getFileNumber(),
          .tool = string_of(in.getTool())};
}

/// Each of these sets the event, or returns false for an unknown enumerant.
bool get(schema::ConnectionOpened::Reader in, flow::Event& out) {
  const auto mode = mode_of(in.getMode());
  if (!mode) return false;
  out = flow::ConnectionOpened{.client = endpoint_of(in.getClient()),
                               .listener = endpoint_of(in.getListener()),
                               .mode = *mode};
  return true;
}

bool get(schema::ServerConnected::Reader in, flow::Event& out) {
  out = flow::ServerConnected{.target = {.host = string_of(in.getHost()), .port = in.getPort()},
                              .server = endpoint_of(in.getServer()),
                              .resolve = Duration(in.getResolve()),
                              .connect = Duration(in.getConnect())};
  return true;
}

bool get(schema::ClientHello::Reader in, flow::Event& out) {
  out = flow::ClientHelloSeen{.facts = {.sni = string_of(in.getSni()),
                                        .alpn = strings_of(in.getAlpn()),
                                        .ja3 = string_of(in.getJa3()),
                                        .ja4 = string_of(in.getJa4()),
                                        .offers_ech = in.getOffersEch()},
                              .raw = string_of(in.getRaw())};
  return true;
}

bool get(schema::TlsEstablished::Reader in, ChainCache& chains, flow::Event& out) {
  const auto side = side_of(in.getSide());
  if (!side) return false;
  out = flow::TlsEstablished{.side = *side,
                             .facts = {.version = string_of(in.getVersion()),
                                       .cipher = string_of(in.getCipher()),
                                       .group = string_of(in.getGroup()),
                                       .sni = string_of(in.getSni()),
                                       .alpn = string_of(in.getAlpn()),
                                       .resumed = in.getResumed(),
                                       .verify = string_of(in.getVerify()),
                                       .chain = chain_by_id(in.getChain(), chains),
                                       .handshake = Duration(in.getHandshake()),
                                       .client_chain = chain_by_id(in.getClientChain(), chains),
                                       .ocsp = string_of(in.getOcsp()),
                                       .revocation = string_of(in.getRevocation()),
                                       .secrets = string_of(in.getSecrets())}};
  return true;
}

bool get(schema::RequestHead::Reader in, flow::Event& out) {
  out = flow::RequestHead{.method = string_of(in.getMethod()),
                          .scheme = string_of(in.getScheme()),
                          .target = string_of(in.getTarget()),
                          .authority = string_of(in.getAuthority()),
                          .version = string_of(in.getVersion()),
                          .raw = string_of(in.getRaw()),
                          .fields = fields_of(in.getFields())};
  return true;
}

bool get(schema::ResponseHead::Reader in, flow::Event& out) {
  out = flow::ResponseHead{.version = string_of(in.getVersion()),
                           .status = in.getStatus(),
                           .reason = string_of(in.getReason()),
                           .raw = string_of(in.getRaw()),
                           .fields = fields_of(in.getFields())};
  return true;
}

template <class Event, class In>
bool get_data(In in, flow::Event& out) {
  const auto sender = side_of(in.getSender());
  if (!sender) return false;
  out = Event{.sender = *sender, .data = string_of(in.getData())};
  return true;
}

bool get(schema::WebSocketMessage::Reader in, flow::Event& out) {
  const auto sender = side_of(in.getSender());
  if (!sender) return false;
  out = flow::WebSocketMessage{.sender = *sender,
                               .opcode = in.getOpcode(),
                               .final = in.getFinal(),
                               .compressed = in.getCompressed(),
                               .data = string_of(in.getData())};
  return true;
}

bool get(schema::Trailers::Reader in, flow::Event& out) {
  const auto sender = side_of(in.getSender());
  if (!sender) return false;
  out = flow::Trailers{
      .sender = *sender, .raw = string_of(in.getRaw()), .fields = fields_of(in.getFields())};
  return true;
}

bool get(schema::MessageEnd::Reader in, flow::Event& out) {
  const auto sender = side_of(in.getSender());
  if (!sender) return false;
  out = flow::MessageEnd{.sender = *sender,
                         .body_size = in.getBodySize(),
                         .recorded_size = in.getRecordedSize(),
                         .complete = in.getComplete()};
  return true;
}

bool get(schema::Anomaly::Reader in, flow::Event& out) {
  const auto sender = side_of(in.getSender());
  if (!sender) return false;
  out = flow::Anomaly{
      .sender = *sender, .name = string_of(in.getName()), .detail = string_of(in.getDetail())};
  return true;
}

bool get(schema::FlowEnd::Reader in, flow::Event& out) {
  const auto kind = kind_of(in.getKind());
  if (!kind) return false;
  out = flow::FlowEnd{.kind = *kind,
                      .complete = in.getComplete(),
                      .passed = in.getPassed(),
                      .error = optional_error_of(in),
                      .bytes_from_client = in.getBytesFromClient(),
                      .bytes_to_client = in.getBytesToClient(),
                      .waited = record_span(in.getWaited())};
  return true;
}

bool get(schema::CaptureGap::Reader in, flow::Event& out) {
  out = flow::CaptureGap{
      .reason = string_of(in.getReason()), .records = in.getRecords(), .bytes = in.getBytes()};
  return true;
}

bool get(schema::Checkpoint::Reader in, flow::Event& out) {
  out = flow::Checkpoint{.length = in.getLength(), .xxh64 = in.getXxh64(), .run_id = in.getRunId()};
  return true;
}

bool get(schema::ArchiveEnd::Reader in, flow::Event& out) {
  out = flow::ArchiveEnd{.totals = totals_of(in.getTotals()),
                         .next_file = string_of(in.getNextFile()),
                         .summarized = in.getSummarized()};
  return true;
}

bool get_event(schema::Record::Reader in, ChainCache& chains, flow::Event& out) {
  switch (in.which()) {
    case schema::Record::HEADER:
      return out = header_of(in.getHeader()), true;
    case schema::Record::CONNECTION_OPENED:
      return get(in.getConnectionOpened(), out);
    case schema::Record::SERVER_CONNECTED:
      return get(in.getServerConnected(), out);
    case schema::Record::CLIENT_HELLO:
      return get(in.getClientHello(), out);
    case schema::Record::TLS_ESTABLISHED:
      return get(in.getTlsEstablished(), chains, out);
    case schema::Record::REQUEST_HEAD:
      return get(in.getRequestHead(), out);
    case schema::Record::RESPONSE_HEAD:
      return get(in.getResponseHead(), out);
    case schema::Record::BODY_CHUNK:
      return get_data<flow::BodyChunk>(in.getBodyChunk(), out);
    case schema::Record::TRAILERS:
      return get(in.getTrailers(), out);
    case schema::Record::MESSAGE_END:
      return get(in.getMessageEnd(), out);
    case schema::Record::WEB_SOCKET_MESSAGE:
      return get(in.getWebSocketMessage(), out);
    case schema::Record::RAW_BYTES:
      return get_data<flow::RawBytes>(in.getRawBytes(), out);
    case schema::Record::DNS_MESSAGE:
      return get_data<flow::DnsMessage>(in.getDnsMessage(), out);
    case schema::Record::ANOMALY:
      return get(in.getAnomaly(), out);
    case schema::Record::FLOW_END:
      return get(in.getFlowEnd(), out);
    case schema::Record::CONNECTION_CLOSED:
      return out = flow::ConnectionClosed{optional_error_of(in.getConnectionClosed())}, true;
    case schema::Record::CAPTURE_GAP:
      return get(in.getCaptureGap(), out);
    case schema::Record::STATISTICS:
      return out = flow::Statistics{totals_of(in.getStatistics())}, true;
    case schema::Record::CHECKPOINT:
      return get(in.getCheckpoint(), out);
    case schema::Record::ARCHIVE_END:
      return get(in.getArchiveEnd(), out);
    case schema::Record::CERTIFICATE_CHAIN:
      break;
  }
  return false;
}

}  // namespace

Decoded from_capnp(schema::Record::Reader in, ChainCache& chains, flow::Record& out) {
  if (in.isCertificateChain()) {
    chains.add(chain_of(in.getCertificateChain()));
    return Decoded::kChain;
  }
  if (!get_event(in, chains, out.event)) return Decoded::kUnknown;
  out.time = record_time(in.getTime());
  out.connection = in.getConnection();
  out.flow = in.getFlow();
  out.source = in.getSource();
  out.repeated = in.getRepeated();
  return Decoded::kRecord;
}

}  // namespace mitm::archive
