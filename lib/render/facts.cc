#include "lib/render/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "lib/flow/names.h"
#include "lib/render/human.h"
#include "lib/render/sanitize.h"

namespace mitm::render {
namespace {

void append_fact(std::string& out, std::string_view fact) {
  out += "* ";
  append_sanitized(out, fact);
  out += '\n';
}

void append_tls(std::string& out, std::string_view side, const flow::TlsFacts& tls) {
  std::string fact = fmt::format("{} TLS: {} {}", side, tls.version, tls.cipher);
  if (!tls.group.empty()) fact += " group " + tls.group;
  if (!tls.sni.empty()) fact += " sni " + tls.sni;
  if (!tls.alpn.empty()) fact += " alpn " + tls.alpn;
  if (tls.resumed) fact += " resumed";
  if (!tls.verify.empty()) fact += " verify " + tls.verify;
  if (!tls.revocation.empty()) fact += " ocsp " + tls.revocation;
  if (!tls.secrets.empty()) fact += " secrets recorded";
  append_fact(out, fact);
}

void append_hello(std::string& out, const flow::ClientHelloFacts& hello) {
  std::string fact = "client hello:";
  if (!hello.sni.empty()) fact += " sni " + hello.sni;
  if (!hello.alpn.empty()) fact += fmt::format(" alpn {}", fmt::join(hello.alpn, " "));
  if (!hello.ja4.empty()) fact += " ja4 " + hello.ja4;
  if (!hello.ja3.empty()) fact += " ja3 " + hello.ja3;
  if (hello.offers_ech) fact += " ech offered";
  append_fact(out, fact);
}

/// Nobody reads more of a validity than the day.
std::string day(Time time) { return format_rfc3339(time).substr(0, 10); }

void append_certificate(std::string& out, std::string_view whose,
                        const flow::Certificate& certificate) {
  append_fact(out, fmt::format("{}certificate: {}, issued by {}, {} to {}, {}, sha256 {}", whose,
                               certificate.subject, certificate.issuer, day(certificate.not_before),
                               day(certificate.not_after), certificate.key, certificate.sha256));
  if (certificate.dns_names.empty() && certificate.ip_names.empty()) return;
  append_fact(out, fmt::format("names: {}{}{}", fmt::join(certificate.dns_names, " "),
                               certificate.ip_names.empty() ? "" : " ",
                               fmt::join(certificate.ip_names, " ")));
}

void append_chain(std::string& out, std::string_view whose, const flow::CertificateChain* chain) {
  if (chain == nullptr) return;
  for (const flow::Certificate& certificate : chain->certificates)
    append_certificate(out, whose, certificate);
}

void append_part(std::string& fact, std::string_view name, const std::optional<Duration>& part) {
  if (!part) return;
  fact += fmt::format(" {} ", name);
  append_duration(fact, *part);
}

void append_timings(std::string& out, const flow::Timings& timings) {
  std::string fact;
  append_part(fact, "dns", timings.dns);
  append_part(fact, "connect", timings.connect);
  append_part(fact, "tls", timings.tls);
  append_part(fact, "send", timings.send);
  append_part(fact, "wait", timings.wait);
  append_part(fact, "receive", timings.receive);
  if (!fact.empty()) append_fact(out, "times:" + fact);
}

}  // namespace

void append_findings(std::string& out, const flow::Flow& flow) {
  if (flow.error) {
    append_fact(out, fmt::format("error: {}: {}", flow.error->kind, flow.error->message));
  }
  for (const flow::Anomaly& anomaly : flow.anomalies) {
    const std::string_view sender = anomaly.sender == flow::Side::kClient ? "client" : "server";
    append_fact(out, fmt::format("anomaly: {} ({}){}{}", anomaly.name, sender,
                                 anomaly.detail.empty() ? "" : ": ", anomaly.detail));
  }
  if (flow.anomaly_count > flow.anomalies.size()) {
    append_fact(out, fmt::format("anomaly: {} more", flow.anomaly_count - flow.anomalies.size()));
  }
}

void append_connection(std::string& out, const flow::Flow& flow) {
  if (flow.client) {
    const flow::ClientSide& client = *flow.client;
    append_fact(out, fmt::format("client: {}, connection {}, {} at {}", to_string(client.address),
                                 flow.connection, flow::mode_name(client.mode),
                                 to_string(client.listener)));
    if (client.hello) append_hello(out, *client.hello);
    if (client.tls) {
      append_tls(out, "client", *client.tls);
      append_chain(out, "client's ", client.tls->client_chain.get());
    }
  }
  if (flow.server) {
    const flow::ServerSide& server = *flow.server;
    append_fact(out, fmt::format("server: {}, {}", to_string(server.target),
                                 server.address.address.empty() ? "not reached"
                                                                : to_string(server.address)));
    if (server.tls) {
      append_tls(out, "server", *server.tls);
      append_chain(out, "", server.tls->chain.get());
      append_chain(out, "our ", server.tls->client_chain.get());
    }
  }
  append_timings(out, flow.timings);
}

}  // namespace mitm::render
