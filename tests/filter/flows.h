#pragma once

#include <memory>
#include <string>
#include <utility>

#include "lib/flow/flow.h"

/// Flows to filter.
namespace mitm::filter {

inline flow::Flow https_flow() {
  flow::Flow flow;
  flow.id = 12;
  flow.connection = 7;
  flow.kind = flow::Kind::kHttp;
  flow.start = Time(std::chrono::seconds(1'795'824'000));  // 2026-11-28T00:00:00Z
  flow.end = flow.start + std::chrono::milliseconds(250);
  auto client = std::make_shared<flow::ClientSide>();
  client->address = {.address = "127.0.0.1", .port = 40000};
  client->hello = std::make_shared<flow::ClientHelloFacts>(
      flow::ClientHelloFacts{.sni = "www.example.com", .alpn = {}, .ja3 = "abc", .ja4 = "t13d"});
  client->tls = std::make_shared<flow::TlsFacts>(flow::TlsFacts{.version = "TLSv1.3",
                                                                .cipher = "TLS_AES_128_GCM_SHA256",
                                                                .sni = "www.example.com",
                                                                .alpn = "http/1.1"});
  flow.client = std::move(client);
  auto server = std::make_shared<flow::ServerSide>();
  server->target = {.host = "www.example.com", .port = 8443};
  server->address = {.address = "192.0.2.7", .port = 8443};
  auto tls = std::make_shared<flow::TlsFacts>(
      flow::TlsFacts{.version = "TLSv1.2", .cipher = "ECDHE", .verify = "expired"});
  auto chain = std::make_shared<flow::CertificateChain>();
  chain->certificates.push_back({.der = {},
                                 .subject = "CN=shop",
                                 .issuer = "O=Some CA",
                                 .dns_names = {"*.example.com"},
                                 .sha256 = "00ff"});
  tls->chain = std::move(chain);
  server->tls = std::move(tls);
  flow.server = std::move(server);
  flow.request = flow::RequestHead{
      .method = "POST",
      .scheme = "https",
      .target = "/api/v1/items?tag=a%20b&x=1",
      .authority = "www.example.com:8443",
      .version = "HTTP/1.1",
      .raw =
          "POST /api/v1/items?tag=a%20b&x=1 HTTP/1.1\r\nHost: www.example.com:8443\r\n"
          "Content-Type: application/json\r\nX-Id: one\r\nX-Id: two\r\n\r\n"};
  flow.response = flow::ResponseHead{
      .version = "HTTP/1.0",
      .status = 404,
      .reason = "Not Found",
      .raw = "HTTP/1.0 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"};
  flow.sent.body_size = 2000;
  flow.received.body_size = 70000;
  flow.complete = true;
  return flow;
}

inline flow::Flow tcp_flow() {
  flow::Flow flow;
  flow.id = 3;
  flow.connection = 3;
  flow.kind = flow::Kind::kTcp;
  auto client = std::make_shared<flow::ClientSide>();
  client->address = {.address = "2001:db8::9", .port = 50000};
  flow.client = std::move(client);
  auto server = std::make_shared<flow::ServerSide>();
  server->target = {.host = "mail.test", .port = 25};
  flow.server = std::move(server);
  flow.error = flow::FlowError{.kind = "connect", .message = "refused"};
  flow.anomalies = {{.name = "reset"}};
  flow.anomaly_count = 1;
  return flow;
}

/// What a row of formats/summary.capnp keeps of a flow.
inline flow::Flow summary_of(const flow::Flow& flow) {
  flow::Flow row;
  row.id = flow.id;
  row.connection = flow.connection;
  row.kind = flow.kind;
  row.start = flow.start;
  row.end = flow.end;
  row.complete = flow.complete;
  row.passed = flow.passed;
  row.error = flow.error;
  row.anomaly_count = flow.anomaly_count;
  for (const auto& anomaly : flow.anomalies)
    if (row.anomalies.size() < 3) row.anomalies.push_back({.name = anomaly.name});
  if (flow.client) {
    auto client = std::make_shared<flow::ClientSide>();
    client->address = flow.client->address;
    client->mode = flow.client->mode;
    if (flow.client->hello)
      client->hello = std::make_shared<flow::ClientHelloFacts>(
          flow::ClientHelloFacts{.sni = flow.client->hello->sni});
    row.client = std::move(client);
  }
  if (flow.server) {
    auto server = std::make_shared<flow::ServerSide>();
    server->target = flow.server->target;
    server->address = flow.server->address;
    row.server = std::move(server);
  }
  if (flow.request)
    row.request = flow::RequestHead{.method = flow.request->method,
                                    .scheme = flow.request->scheme,
                                    .target = flow.request->target,
                                    .authority = flow.request->authority};
  if (flow.response) row.response = flow::ResponseHead{.status = flow.response->status};
  row.sent.body_size = flow.sent.body_size;
  row.received.body_size = flow.received.body_size;
  return row;
}

}  // namespace mitm::filter
