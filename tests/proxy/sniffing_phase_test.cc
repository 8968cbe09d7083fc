#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::ProxyFixture;

TEST_CASE("a server that speaks first is heard at once") {
  Origin origin;
  ProxyFixture proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  server.send("220 mail\r\n");
  CHECK(client.read_until("\r\n") == "220 mail\r\n");
  client.send("QUIT\r\n");
  CHECK(server.read_exactly(6) == "QUIT\r\n");
  client.close();
  server.close();
  CHECK(proxy.only_flow() ==
        Lines{"server bytes 220 mail\r\n", "client bytes QUIT\r\n", "end tcp complete 6/10"});
}

TEST_CASE("a tunnel through which nobody says anything is no flow") {
  Origin origin;
  ProxyFixture proxy;
  {
    auto client = proxy.tunnel(origin.authority());
    auto server = origin.accept();
  }
  CHECK(proxy.all_lines() == Lines{"0 opened", "0 connected " + origin.authority(), "0 closed"});
}

TEST_CASE("a server that resets before a byte was sent resets the client and fails the flow") {
  Origin origin;
  ProxyFixture proxy;
  auto client = proxy.tunnel(origin.authority());
  origin.accept().reset();
  client.drain();
  CHECK(client.ending() == Ending::kReset);
  CHECK(proxy.only_flow() == Lines{"end tcp incomplete error server-reset 0/0"});
}

TEST_CASE("the beginning of a ClientHello is held back, and recorded when nothing follows") {
  Origin origin;
  ProxyFixture proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  client.send(std::string_view("\x16\x03\x01\x02", 4));
  CHECK(server.is_quiet(50));
  client.shutdown_write();
  CHECK(server.read_to_end() == std::string("\x16\x03\x01\x02", 4));
  server.close();
  client.close();
  CHECK(proxy.only_flow() ==
        Lines{std::string("client bytes \x16\x03\x01\x02"), "end tcp complete 4/0"});
}

TEST_CASE("what begins like TLS and is not is relayed as bytes") {
  Origin origin;
  ProxyFixture proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const std::string odd("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9);
  client.send(odd);
  CHECK(server.read_exactly(odd.size()) == odd);
  client.close();
  server.close();
  CHECK(proxy.only_flow().back() == "end tcp complete 9/0");
}

TEST_CASE("a ClientHello that is none is relayed as bytes, with an anomaly that says why") {
  Origin origin;
  ProxyFixture proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const std::string begun("\x16\x03\x01\x00\x04\x01\x00\x00\x2f", 9);
  const std::string alert("\x15\x03\x01\x00\x02\x02\x28", 7);
  client.send_bytewise(begun + alert);
  CHECK(server.read_exactly(16) == begun + alert);
  client.close();
  server.close();
  const auto records = proxy.stop();
  const auto anomaly = std::ranges::find_if(records, [](const flow::Record& record) {
    return std::holds_alternative<flow::Anomaly>(record.event);
  });
  REQUIRE(anomaly != records.end());
  CHECK(anomaly->flow == 1);
  CHECK(std::get<flow::Anomaly>(anomaly->event) ==
        flow::Anomaly{flow::Side::kClient, "bad-client-hello",
                      "the client hello is interrupted by another record"});
  CHECK(test::flow_lines(records, 1) == Lines{"client anomaly bad-client-hello",
                                              "client bytes " + begun + alert,
                                              "end tcp complete 16/0"});
}

TEST_CASE("the beginning of a ClientHello is relayed as bytes when the rest does not come") {
  Origin origin;
  ProxyFixture proxy(
      {.settings = {.recording = {}, .handshake_timeout = std::chrono::milliseconds(50)}});
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const std::string_view beginning("\x16\x03\x01\x02", 4);
  client.send(beginning);
  CHECK(server.read_exactly(4) == beginning);
  server.close();
  CHECK(client.read_to_end().empty());
  client.close();
  CHECK(proxy.only_flow().back() == "end tcp complete 4/0");
}

}  // namespace
}  // namespace mitm::proxy
