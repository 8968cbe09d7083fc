#include "lib/render/facts.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "tests/render/flows.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::render;
using namespace mitm::test;

TEST_CASE("errors and anomalies are shown in full") {
  RecordScript script = connected();
  script.add(0, request_head("GET", "https", "example.com", "/"))
      .add(1, Anomaly{Side::kServer, "bare-lf", "in line 3"})
      .add(1, Anomaly{Side::kClient, "nul", ""})
      .add(2, FlowEnd{.complete = false, .error = FlowError{"tls-verify", "expired\n"}});
  std::string out;
  append_findings(out, only(script).flow);
  CHECK(out ==
        "* error: tls-verify: expired\\n\n* anomaly: bare-lf (server): in line 3\n"
        "* anomaly: nul (client)\n");
}

TEST_CASE("what is more than was kept is counted") {
  RecordScript script = connected();
  for (std::size_t i = 0; i < Flow::kKeptAnomalies + 5; ++i) script.add(1, Anomaly{.name = "x"});
  std::string out;
  append_findings(out, only(script).flow);
  CHECK(out.ends_with("* anomaly: 5 more\n"));
}

TEST_CASE("connection, TLS, certificates and times are shown") {
  const auto chain = std::make_shared<const CertificateChain>(
      CertificateChain{.certificates = {{.subject = "CN=example.com",
                                         .issuer = "CN=Test CA",
                                         .dns_names = {"example.com", "*.example.com"},
                                         .ip_names = {"192.0.2.1"},
                                         .not_before = at(0),
                                         .not_after = at(86'400'000.0 * 90),
                                         .key = "EC P-256",
                                         .sha256 = "ab12"}}});
  RecordScript script = connected();
  script
      .add(30, TlsEstablished{Side::kServer,
                              {.version = "TLSv1.3",
                               .cipher = "TLS_AES_128_GCM_SHA256",
                               .group = "X25519",
                               .sni = "example.com",
                               .alpn = "http/1.1",
                               .resumed = true,
                               .verify = "ok",
                               .chain = chain,
                               .handshake = std::chrono::milliseconds(18)}})
      .add(31, TlsEstablished{Side::kClient, {.version = "TLSv1.2", .cipher = "C"}})
      .add(40, request_head("GET", "https", "example.com", "/"))
      .add(41, message_end(Side::kClient))
      .add(50, response_head(200, "OK"))
      .add(52, message_end(Side::kServer))
      .add(52, FlowEnd{});
  std::string out;
  append_connection(out, only(script).flow);
  CHECK(out ==
        "* client: 127.0.0.1:40000, connection 7, explicit at 127.0.0.1:8080\n"
        "* client TLS: TLSv1.2 C\n"
        "* server: example.com:443, 192.0.2.1:443\n"
        "* server TLS: TLSv1.3 TLS_AES_128_GCM_SHA256 group X25519 sni example.com alpn http/1.1 "
        "resumed verify ok\n"
        "* certificate: CN=example.com, issued by CN=Test CA, 2023-11-14 to 2024-02-12, EC P-256, "
        "sha256 ab12\n"
        "* names: example.com *.example.com 192.0.2.1\n"
        "* times: dns 2.0ms connect 10.0ms tls 18.0ms send 11.0ms wait 9.0ms receive 2.0ms\n");
}

TEST_CASE("what the ClientHello says is shown, harmless") {
  RecordScript script = connected();
  script.flow(0)
      .add(1, ClientHelloSeen{.facts = {.sni = "a.example",
                                        .alpn = {"h2", "\x1b\n"},
                                        .ja3 = "33",
                                        .ja4 = "t13",
                                        .offers_ech = true},
                              .raw = {}})
      .flow(12)
      .add(2, FlowEnd{.kind = Kind::kTls, .passed = true});
  std::string out;
  append_connection(out, only(script).flow);
  CHECK(out.find("* client hello: sni a.example alpn h2 \\x1b\\n ja4 t13 ja3 33 ech offered\n") !=
        std::string::npos);
}

TEST_CASE("nothing is shown where nothing is known") {
  std::string out;
  append_connection(out, Flow{});
  append_findings(out, Flow{});
  CHECK(out.empty());
}

TEST_CASE("a server that was only looked for was not reached") {
  RecordScript script;
  script.connection(1).flow(1).add(0, ServerConnected{.target = {"no.example", 80}, .server = {}});
  std::string out;
  append_connection(out, only(script).flow);
  CHECK(out == "* server: no.example:80, not reached\n");
}
