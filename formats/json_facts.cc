#include "formats/json_facts.h"

#include <string>

#include "lib/wire/target.h"

namespace mitm::formats {
namespace {

void write_text_or_null(JsonOut& out, std::string_view key, std::string_view text) {
  out.key(key);
  if (text.empty()) {
    out.null();
  } else {
    out.string(text);
  }
}

void write_port_or_null(JsonOut& out, std::uint16_t port) {
  out.key("port");
  if (port == 0) {
    out.null();
  } else {
    out.small(port);
  }
}

/// Where the client wanted to go, also when no server was reached.
flow::Target wanted(const flow::Flow& flow) {
  if (flow.server) return flow.server->target;
  if (flow.request) {
    const auto authority =
        wire::parse_authority(flow.request->authority, wire::default_port(flow.request->scheme));
    if (authority) return {authority->host, authority->port};
  }
  if (flow.client && flow.client->hello) return {flow.client->hello->sni, 0};
  return {};
}

void write_handshake(JsonOut& out, const flow::TlsFacts& tls) {
  out.key("version").string(tls.version);
  out.key("cipher").string(tls.cipher);
  write_text_or_null(out, "sni", tls.sni);
  write_text_or_null(out, "alpn", tls.alpn);
  out.key("resumed").boolean(tls.resumed);
}

/// Of TLS that we did not open there is the ClientHello.
void write_no_handshake(JsonOut& out, const flow::ClientHelloFacts& hello) {
  out.key("version").null();
  out.key("cipher").null();
  write_text_or_null(out, "sni", hello.sni);
  out.key("alpn").null();
  out.key("resumed").null();
}

/// Archives from before there were fingerprints tell nothing of the rest either.
void write_findings(JsonOut& out, const flow::ClientHelloFacts& hello) {
  write_text_or_null(out, "ja3", hello.ja3);
  write_text_or_null(out, "ja4", hello.ja4);
  out.key("ech");
  if (hello.ja4.empty()) {
    out.null();
  } else {
    out.boolean(hello.offers_ech);
  }
}

/// The first certificate of a chain, under `key`.
void write_certificate(JsonOut& out, std::string_view key,
                       const std::shared_ptr<const flow::CertificateChain>& chain) {
  out.key(key);
  if (!chain || chain->certificates.empty()) {
    out.null();
    return;
  }
  const flow::Certificate& certificate = chain->certificates.front();
  out.begin_object();
  out.key("subject").string(certificate.subject);
  out.key("issuer").string(certificate.issuer);
  out.key("serial").string(certificate.serial);
  out.key("not_before").string(format_rfc3339(certificate.not_before));
  out.key("not_after").string(format_rfc3339(certificate.not_after));
  out.key("names").begin_array();
  for (const auto* names : {&certificate.dns_names, &certificate.ip_names})
    for (const std::string& name : *names) out.string(name);
  out.end_array();
  out.key("sha256").string(certificate.sha256);
  out.end_object();
}

void write_client_side(JsonOut& out, const flow::TlsFacts* tls,
                       const flow::ClientHelloFacts* hello) {
  out.key("client");
  if (tls == nullptr && hello == nullptr) {
    out.null();
    return;
  }
  out.begin_object();
  tls != nullptr ? write_handshake(out, *tls) : write_no_handshake(out, *hello);
  static const flow::ClientHelloFacts none;
  write_findings(out, hello != nullptr ? *hello : none);
  write_certificate(out, "client_certificate", tls != nullptr ? tls->client_chain : nullptr);
  out.end_object();
}

void write_server_side(JsonOut& out, const flow::TlsFacts* tls) {
  out.key("server");
  if (tls == nullptr) {
    out.null();
    return;
  }
  out.begin_object();
  write_handshake(out, *tls);
  write_text_or_null(out, "verify", tls->verify);
  write_text_or_null(out, "ocsp", tls->revocation);
  write_certificate(out, "certificate", tls->chain);
  write_certificate(out, "client_certificate", tls->client_chain);
  out.end_object();
}

void write_part(JsonOut& out, std::string_view key, const std::optional<Duration>& part) {
  out.key(key);
  if (part) {
    out.number(to_milliseconds(*part));
  } else {
    out.null();
  }
}

}  // namespace

void write_client(JsonOut& out, const flow::Flow& flow) {
  if (!flow.client || flow.client->address.address.empty()) {
    out.null();
    return;
  }
  out.begin_object();
  out.key("address").string(flow.client->address.address);
  write_port_or_null(out, flow.client->address.port);
  out.end_object();
}

void write_server(JsonOut& out, const flow::Flow& flow) {
  const flow::Target target = wanted(flow);
  if (!flow.server && target.host.empty()) {
    out.null();
    return;
  }
  const flow::Endpoint address = flow.server ? flow.server->address : flow::Endpoint{};
  out.begin_object();
  write_text_or_null(out, "host", target.host);
  write_text_or_null(out, "address", address.address);
  const std::uint16_t port = target.port != 0 ? target.port : address.port;
  write_port_or_null(out, port);
  // Through an upstream proxy, or where names and ports were told to lead elsewhere.
  if (address.port != 0 && address.port != port) {
    out.key("connected_port");
    out.small(address.port);
  }
  out.end_object();
}

void write_tls(JsonOut& out, const flow::Flow& flow) {
  const flow::TlsFacts* client = flow.client ? flow.client->tls.get() : nullptr;
  const flow::ClientHelloFacts* hello = flow.client ? flow.client->hello.get() : nullptr;
  const flow::TlsFacts* server = flow.server ? flow.server->tls.get() : nullptr;
  if (client == nullptr && hello == nullptr && server == nullptr) {
    out.null();
    return;
  }
  out.begin_object();
  write_client_side(out, client, hello);
  write_server_side(out, server);
  out.end_object();
}

void write_timings(JsonOut& out, const flow::Timings& timings) {
  out.begin_object();
  write_part(out, "dns", timings.dns);
  write_part(out, "connect", timings.connect);
  write_part(out, "tls", timings.tls);
  write_part(out, "send", timings.send);
  write_part(out, "wait", timings.wait);
  write_part(out, "receive", timings.receive);
  out.end_object();
}

void write_headers(JsonOut& out, const std::vector<wire::Field>& fields) {
  out.begin_array();
  for (const wire::Field& field : fields) {
    out.begin_array();
    out.string(field.name);
    out.string(field.value);
    out.end_array();
  }
  out.end_array();
}

}  // namespace mitm::formats
