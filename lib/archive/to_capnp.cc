#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/archive/capnp_values.h"
#include "lib/archive/record_codec.h"

#include <capnp/orphan.h>

namespace mitm::archive {
namespace {

/// Copying less costs less than a segment.
constexpr std::size_t kExternal = 4096;

/// Cap'n Proto wants it aligned, as whatever is allocated is.
bool is_external(ByteView data) {
  return data.size() >= kExternal &&
         reinterpret_cast<std::uintptr_t>(data.data()) % sizeof(capnp::word) == 0;
}

schema::Side side(flow::Side value) {
  return value == flow::Side::kClient ? schema::Side::CLIENT : schema::Side::SERVER;
}

void put(const std::vector<flow::HeaderField>& fields,
         capnp::List<schema::HeaderField>::Builder out) {
  for (capnp::uint i = 0; i < out.size(); ++i) {
    MITM_PUT(out[i], Name, octets, fields[i].name);
    MITM_PUT(out[i], Value, octets, fields[i].value);
  }
}

template <class Out>
void put_fields(const std::vector<flow::HeaderField>& fields, Out out) {
  if (!fields.empty()) put(fields, out.initFields(static_cast<capnp::uint>(fields.size())));
}

void put(const flow::Totals& totals, schema::Totals::Builder out) {
  out.setSeen(totals.seen);
  out.setRecorded(totals.recorded);
  out.setFiltered(totals.filtered);
  out.setPassed(totals.passed);
  out.setFailed(totals.failed);
  out.setLost(totals.lost);
  out.setHurriedFrames(totals.hurried_frames);
}

template <class Out>
void put_error(const std::optional<flow::FlowError>& error, Out out) {
  if (error) put_flow_error(*error, out.initError());
}

void put(const flow::Header& header, schema::Record::Builder record) {
  auto out = record.initHeader();
  out.setFormat(header.format);
  out.setRunId(header.run_id);
  out.setFileNumber(header.file_number);
  MITM_PUT(out, Tool, text, header.tool);
}

void put(const flow::ConnectionOpened& event, schema::Record::Builder record) {
  auto out = record.initConnectionOpened();
  put_endpoint(event.client, out.initClient());
  put_endpoint(event.listener, out.initListener());
  out.setMode(mode(event.mode));
}

void put(const flow::ServerConnected& event, schema::Record::Builder record) {
  auto out = record.initServerConnected();
  MITM_PUT(out, Host, octets, event.target.host);
  out.setPort(event.target.port);
  put_endpoint(event.server, out.initServer());
  out.setResolve(event.resolve.count());
  out.setConnect(event.connect.count());
}

void put(const flow::ClientHelloSeen& event, schema::Record::Builder record) {
  auto out = record.initClientHello();
  MITM_PUT(out, Raw, octets, event.raw);
  MITM_PUT(out, Sni, octets, event.facts.sni);
  if (const auto& alpn = event.facts.alpn; !alpn.empty()) {
    auto list = out.initAlpn(static_cast<capnp::uint>(alpn.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) list.set(i, octets(alpn[i]));
  }
  MITM_PUT(out, Ja3, text, event.facts.ja3);
  MITM_PUT(out, Ja4, text, event.facts.ja4);
  if (event.facts.offers_ech) out.setOffersEch(true);
}

void put(const flow::TlsEstablished& event, schema::Record::Builder record) {
  auto out = record.initTlsEstablished();
  const flow::TlsFacts& facts = event.facts;
  out.setSide(side(event.side));
  MITM_PUT(out, Version, text, facts.version);
  MITM_PUT(out, Cipher, text, facts.cipher);
  MITM_PUT(out, Group, text, facts.group);
  MITM_PUT(out, Sni, octets, facts.sni);
  MITM_PUT(out, Alpn, octets, facts.alpn);
  out.setResumed(facts.resumed);
  MITM_PUT(out, Verify, text, facts.verify);
  if (facts.chain != nullptr) MITM_PUT(out, Chain, octets, facts.chain->id);
  out.setHandshake(facts.handshake.count());
  if (facts.client_chain != nullptr) MITM_PUT(out, ClientChain, octets, facts.client_chain->id);
  MITM_PUT(out, Ocsp, octets, facts.ocsp);
  MITM_PUT(out, Revocation, text, facts.revocation);
  MITM_PUT(out, Secrets, octets, facts.secrets);
}

void put(const flow::RequestHead& head, schema::Record::Builder record) {
  auto out = record.initRequestHead();
  MITM_PUT(out, Method, octets, head.method);
  MITM_PUT(out, Scheme, octets, head.scheme);
  MITM_PUT(out, Target, octets, head.target);
  MITM_PUT(out, Authority, octets, head.authority);
  MITM_PUT(out, Version, text, head.version);
  MITM_PUT(out, Raw, octets, head.raw);
  put_fields(head.fields, out);
}

void put(const flow::ResponseHead& head, schema::Record::Builder record) {
  auto out = record.initResponseHead();
  MITM_PUT(out, Version, text, head.version);
  out.setStatus(head.status);
  MITM_PUT(out, Reason, octets, head.reason);
  MITM_PUT(out, Raw, octets, head.raw);
  put_fields(head.fields, out);
}

template <class Event, class Out>
void put_data(const Event& event, Out out) {
  out.setSender(side(event.sender));
  if (is_external(event.data)) {
    const auto orphanage = capnp::Orphanage::getForMessageContaining(out);
    out.adoptData(orphanage.referenceExternalData(octets(event.data)));
  } else {
    MITM_PUT(out, Data, octets, event.data);
  }
}

void put(const flow::BodyChunk& event, schema::Record::Builder record) {
  put_data(event, record.initBodyChunk());
}

void put(const flow::RawBytes& event, schema::Record::Builder record) {
  put_data(event, record.initRawBytes());
}

void put(const flow::DnsMessage& event, schema::Record::Builder record) {
  put_data(event, record.initDnsMessage());
}

void put(const flow::WebSocketMessage& event, schema::Record::Builder record) {
  auto out = record.initWebSocketMessage();
  put_data(event, out);
  out.setOpcode(event.opcode);
  out.setFinal(event.final);
  out.setCompressed(event.compressed);
}

void put(const flow::Trailers& event, schema::Record::Builder record) {
  auto out = record.initTrailers();
  out.setSender(side(event.sender));
  MITM_PUT(out, Raw, octets, event.raw);
  put_fields(event.fields, out);
}

void put(const flow::MessageEnd& event, schema::Record::Builder record) {
  auto out = record.initMessageEnd();
  out.setSender(side(event.sender));
  out.setBodySize(event.body_size);
  out.setRecordedSize(event.recorded_size);
  out.setComplete(event.complete);
}

void put(const flow::Anomaly& event, schema::Record::Builder record) {
  auto out = record.initAnomaly();
  out.setSender(side(event.sender));
  MITM_PUT(out, Name, text, event.name);
  MITM_PUT(out, Detail, text, event.detail);
}

void put(const flow::FlowEnd& event, schema::Record::Builder record) {
  auto out = record.initFlowEnd();
  out.setKind(kind(event.kind));
  out.setComplete(event.complete);
  out.setPassed(event.passed);
  put_error(event.error, out);
  out.setBytesFromClient(event.bytes_from_client);
  out.setBytesToClient(event.bytes_to_client);
  out.setWaited(event.waited.count());
}

void put(const flow::ConnectionClosed& event, schema::Record::Builder record) {
  put_error(event.error, record.initConnectionClosed());
}

void put(const flow::CaptureGap& event, schema::Record::Builder record) {
  auto out = record.initCaptureGap();
  MITM_PUT(out, Reason, text, event.reason);
  out.setRecords(event.records);
  out.setBytes(event.bytes);
}

void put(const flow::Statistics& event, schema::Record::Builder record) {
  put(event.totals, record.initStatistics());
}

void put(const flow::Checkpoint& event, schema::Record::Builder record) {
  auto out = record.initCheckpoint();
  out.setLength(event.length);
  out.setXxh64(event.xxh64);
  out.setRunId(event.run_id);
}

void put(const flow::ArchiveEnd& event, schema::Record::Builder record) {
  auto out = record.initArchiveEnd();
  put(event.totals, out.initTotals());
  MITM_PUT(out, NextFile, text, event.next_file);
  out.setSummarized(event.summarized);
}

void put_names(const flow::Certificate& certificate,
               schema::CertificateChain::Certificate::Builder out) {
  auto dns = out.initDnsNames(static_cast<capnp::uint>(certificate.dns_names.size()));
  for (capnp::uint i = 0; i < dns.size(); ++i) dns.set(i, octets(certificate.dns_names[i]));
  auto ip = out.initIpNames(static_cast<capnp::uint>(certificate.ip_names.size()));
  for (capnp::uint i = 0; i < ip.size(); ++i) ip.set(i, text(certificate.ip_names[i]));
}

}  // namespace

ByteView external_data(const flow::Record& record) {
  return std::visit(
      []<class Event>(const Event& event) -> ByteView {
        if constexpr (requires { event.data; })
          return is_external(event.data) ? ByteView(event.data) : ByteView();
        return {};
      },
      record.event);
}

void to_capnp(const flow::Record& record, schema::Record::Builder out) {
  out.setTime(nanoseconds(record.time));
  out.setConnection(record.connection);
  out.setFlow(record.flow);
  out.setSource(record.source);
  out.setRepeated(record.repeated);
  std::visit([&](const auto& event) { put(event, out); }, record.event);
}

void to_capnp(const flow::CertificateChain& chain, Detail detail,
              schema::CertificateChain::Builder out) {
  out.setId(octets(chain.id));
  if (detail == Detail::kId) return;
  auto list = out.initCertificates(static_cast<capnp::uint>(chain.certificates.size()));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    const flow::Certificate& certificate = chain.certificates[i];
    auto stored = list[i];
    MITM_PUT(stored, Der, octets, certificate.der);
    MITM_PUT(stored, Subject, text, certificate.subject);
    MITM_PUT(stored, Issuer, text, certificate.issuer);
    if (detail == Detail::kNames) put_names(certificate, stored);
    MITM_PUT(stored, Serial, text, certificate.serial);
    stored.setNotBefore(nanoseconds(certificate.not_before));
    stored.setNotAfter(nanoseconds(certificate.not_after));
    MITM_PUT(stored, Key, text, certificate.key);
    MITM_PUT(stored, Sha256, text, certificate.sha256);
  }
}

}  // namespace mitm::archive
