#include "formats/json_facts.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::formats;

namespace {

template <class Write>
std::string text(Write write) {
  const auto result = std::make_shared<Bytes>();
  test::MemorySink sink(result);
  JsonOut out(sink);
  write(out);
  REQUIRE(out.finish());
  return *result;
}

}  // namespace

TEST_CASE("one side of TLS may be unknown") {
  flow::Flow flow;
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) == "null\n");
  flow.client = std::make_shared<const flow::ClientSide>(flow::ClientSide{
      .tls = std::make_shared<const flow::TlsFacts>(flow::TlsFacts{.version = "TLSv1.3"})});
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) ==
        "{\"client\":{\"version\":\"TLSv1.3\",\"cipher\":\"\",\"sni\":null,\"alpn\":null,"
        "\"resumed\":false,\"ja3\":null,\"ja4\":null,\"ech\":null,\"client_certificate\":null},"
        "\"server\":null}\n");
}

TEST_CASE("what the ClientHello says is told, also when nothing came of it") {
  flow::ClientSide client{
      .hello = std::make_shared<const flow::ClientHelloFacts>(flow::ClientHelloFacts{
          .sni = "a.example", .alpn = {"h2"}, .ja3 = "3", .ja4 = "4", .offers_ech = true})};
  flow::Flow flow;
  flow.client = std::make_shared<const flow::ClientSide>(client);
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) ==
        "{\"client\":{\"version\":null,\"cipher\":null,\"sni\":\"a.example\",\"alpn\":null,"
        "\"resumed\":null,\"ja3\":\"3\",\"ja4\":\"4\",\"ech\":true,"
        "\"client_certificate\":null},\"server\":null}\n");
  client.hello = std::make_shared<const flow::ClientHelloFacts>();
  client.tls = std::make_shared<const flow::TlsFacts>(
      flow::TlsFacts{.version = "TLSv1.3", .cipher = "C", .alpn = "h2", .resumed = true});
  flow.client = std::make_shared<const flow::ClientSide>(client);
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) ==
        "{\"client\":{\"version\":\"TLSv1.3\",\"cipher\":\"C\",\"sni\":null,\"alpn\":\"h2\","
        "\"resumed\":true,\"ja3\":null,\"ja4\":null,\"ech\":null,\"client_certificate\":null},"
        "\"server\":null}\n");
}

TEST_CASE("who showed a certificate is told, and what its issuer says of the server's") {
  const auto chain = std::make_shared<const flow::CertificateChain>(
      flow::CertificateChain{.id = "1",
                             .certificates = {{.subject = "CN=alice",
                                               .issuer = "CN=CA",
                                               .dns_names = {"a"},
                                               .serial = "0a",
                                               .not_before = Time(),
                                               .not_after = Time(std::chrono::seconds(1)),
                                               .sha256 = "ff"}}});
  flow::Flow flow;
  flow.client = std::make_shared<const flow::ClientSide>(flow::ClientSide{
      .tls = std::make_shared<const flow::TlsFacts>(flow::TlsFacts{.client_chain = chain})});
  flow.server = std::make_shared<const flow::ServerSide>(
      flow::ServerSide{.tls = std::make_shared<const flow::TlsFacts>(
                           flow::TlsFacts{.verify = "ok", .revocation = "good"})});
  const Bytes told = text([&](JsonOut& out) { write_tls(out, flow); });
  CHECK(told.find("\"client_certificate\":{\"subject\":\"CN=alice\",\"issuer\":\"CN=CA\","
                  "\"serial\":\"0a\",\"not_before\":\"1970-01-01T00:00:00.000000000Z\","
                  "\"not_after\":\"1970-01-01T00:00:01.000000000Z\",\"names\":[\"a\"],"
                  "\"sha256\":\"ff\"}},\"server\"") != Bytes::npos);
  CHECK(told.find("\"verify\":\"ok\",\"ocsp\":\"good\",\"certificate\":null,"
                  "\"client_certificate\":null}") != Bytes::npos);
}

TEST_CASE("the server of TLS that was not opened is the one that was named") {
  flow::Flow flow;
  flow.client = std::make_shared<const flow::ClientSide>(
      flow::ClientSide{.hello = std::make_shared<const flow::ClientHelloFacts>(
                           flow::ClientHelloFacts{.sni = "a.example"})});
  CHECK(text([&](JsonOut& out) { write_server(out, flow); }) ==
        "{\"host\":\"a.example\",\"address\":null,\"port\":null}\n");
  CHECK(text([&](JsonOut& out) { write_client(out, flow); }) == "null\n");
}

TEST_CASE("timings are milliseconds or null") {
  CHECK(text([](JsonOut& out) {
          write_timings(out, {.dns = Duration(1'234'567), .wait = Duration(0)});
        }) ==
        "{\"dns\":1.234567,\"connect\":null,\"tls\":null,\"send\":null,\"wait\":0.0,"
        "\"receive\":null}\n");
}
