#include "lib/archive/connection_facts.h"

#include <catch2/catch.hpp>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::flow;
using archive::ConnectionFacts;
using test::RecordScript;

namespace {

std::vector<Record> repeated(const RecordScript& script) {
  ConnectionFacts facts;
  for (const Record& record : script.records()) facts.note(record);
  std::vector<Record> result;
  REQUIRE(facts.repeat([&](const Record& fact) { return result.push_back(fact), Status{}; }));
  return result;
}

TlsEstablished tls(Side side, const std::string& version) {
  return {.side = side, .facts = {.version = version}};
}

}  // namespace

TEST_CASE("what is known of an open connection is repeated as it was recorded") {
  RecordScript script;
  script.connection(7)
      .add(0, test::from_client())
      .add(1, test::to_server("a.example", "192.0.2.1"))
      .add(2, ClientHelloSeen{.facts = {.sni = "a.example"}})
      .add(3, tls(Side::kServer, "TLSv1.3"))
      .add(4, tls(Side::kClient, "TLSv1.2"));
  std::vector<Record> expected = script.records();
  for (Record& record : expected) record.repeated = true;
  script.flow(1).add(5, test::request_head("GET", "https", "a.example", "/")).add(6, FlowEnd{});
  CHECK((repeated(script) == expected));
}

TEST_CASE("connections that are closed are forgotten") {
  RecordScript script;
  script.connection(1).add(0, test::from_client());
  script.connection(2).add(1, test::from_client());
  script.connection(1).add(2, ConnectionClosed{});
  const auto facts = repeated(script);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].connection == 2);
}

TEST_CASE("only the latest server counts, and it belongs to no flow any more") {
  RecordScript script;
  script.connection(1).add(0, test::from_client()).flow(4);
  script.add(1, test::to_server("a.example", "192.0.2.1")).add(2, tls(Side::kServer, "TLSv1.3"));
  script.flow(5).add(3, test::to_server("b.example", "192.0.2.2"));
  const auto facts = repeated(script);
  REQUIRE(facts.size() == 2);
  CHECK(std::get<ServerConnected>(facts[1].event).target.host == "b.example");
  CHECK(facts[1].flow == 0);
}

TEST_CASE("each side's latest handshake counts") {
  RecordScript script;
  script.connection(1)
      .add(0, tls(Side::kClient, "TLSv1.1"))
      .add(1, tls(Side::kServer, "TLSv1.2"))
      .add(2, tls(Side::kClient, "TLSv1.3"));
  const auto facts = repeated(script);
  REQUIRE(facts.size() == 2);
  CHECK(std::get<TlsEstablished>(facts[0].event).facts.version == "TLSv1.2");
  CHECK(std::get<TlsEstablished>(facts[1].event).facts.version == "TLSv1.3");
}

TEST_CASE("records of no connection are none of its business") {
  RecordScript script;
  script.add(0, Header{}).add(1, CaptureGap{}).add(2, test::from_client());
  CHECK(repeated(script).empty());
}

TEST_CASE("repeating ends with the first failure") {
  ConnectionFacts facts;
  RecordScript script;
  script.connection(1).add(0, test::from_client());
  script.connection(2).add(0, test::from_client());
  for (const Record& record : script.records()) facts.note(record);
  int calls = 0;
  const Status status = facts.repeat([&](const Record&) -> Status {
    ++calls;
    return fail(Code::kIo, "full");
  });
  CHECK_FALSE(status);
  CHECK(calls == 1);
}
