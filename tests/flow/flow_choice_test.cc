#include "lib/flow/flow_choice.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "lib/flow/assembler.h"
#include "tests/support/records.h"

using namespace mitm::flow;
using namespace mitm::test;

namespace {

/// Two exchanges over one connection, whose server and TLS belong to the first one, and a third one
/// elsewhere.
std::vector<Record> recording() {
  RecordScript script;
  script.add(0, Header{.run_id = 7});
  script.add(0, Statistics{});
  script.connection(1).add(1, from_client()).add(2, ClientHelloSeen{{.sni = "a.example"}, ""});
  script.flow(1)
      .add(3, to_server("a.example", "192.0.2.1"))
      .add(4, TlsEstablished{Side::kServer, {.version = "TLSv1.3"}})
      .add(5, request_head("GET", "https", "a.example", "/1"))
      .add(6, FlowEnd{});
  script.flow(2).add(7, request_head("GET", "https", "a.example", "/2")).add(8, FlowEnd{});
  script.connection(2).add(9, from_client()).flow(3);
  script.add(10, request_head("GET", "http", "b.example", "/3")).add(11, FlowEnd{});
  script.flow(0).add(12, ConnectionClosed{});
  script.connection(0).add(13, CaptureGap{.reason = "gone"});
  script.connection(1).add(14, ConnectionClosed{});
  return script.records();
}

FlowChoice choice_of(FlowId wanted) {
  Assembler assembler;
  FlowChoice choice;
  for (const Record& record : recording()) assembler.add(record);
  while (const auto flow = assembler.next()) {
    if (flow->id == wanted) choice.add(*flow);
  }
  return choice;
}

/// Milliseconds and flows of the records taken.
std::string taken(FlowChoice& choice) {
  std::string text;
  for (Record record : recording()) {
    if (!choice.take(record)) continue;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(record.time - at(0));
    text += std::to_string(time.count()) + '/' + std::to_string(record.flow) + ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("a flow comes with its connection and nothing of others") {
  FlowChoice first = choice_of(1);
  CHECK(taken(first) == "0/0 1/0 2/0 3/1 4/1 5/1 6/1 13/0 14/0 ");
  FlowChoice third = choice_of(3);
  CHECK(taken(third) == "0/0 9/0 10/3 11/3 12/0 13/0 ");
}

TEST_CASE("what another flow found out about the connection is the connection's") {
  FlowChoice second = choice_of(2);
  CHECK(taken(second) == "0/0 1/0 2/0 3/0 4/0 7/2 8/2 13/0 14/0 ");
}

TEST_CASE("what a chosen flow shows is the same without the others") {
  for (const FlowId wanted : {1U, 2U, 3U}) {
    FlowChoice choice = choice_of(wanted);
    Assembler all;
    Assembler chosen;
    for (Record record : recording()) {
      all.add(record);
      if (choice.take(record)) chosen.add(record);
    }
    const auto flow = chosen.next();
    REQUIRE(flow);
    CHECK_FALSE(chosen.next());
    auto original = all.next();
    while (original->id != wanted) original = all.next();
    CHECK(flow->timings.connect == original->timings.connect);
    CHECK(flow->timings.tls == original->timings.tls);
    CHECK(static_cast<bool>(flow->server) == static_cast<bool>(original->server));
    if (!flow->server) continue;
    CHECK(flow->server->address == original->server->address);
    CHECK(static_cast<bool>(flow->server->tls) == static_cast<bool>(original->server->tls));
  }
}

TEST_CASE("a choice is complete when its flows and connections have ended") {
  FlowChoice choice = choice_of(1);
  for (Record record : recording()) {
    CHECK_FALSE(choice.is_complete());
    choice.take(record);
    CHECK(choice.open_flows() == (record.time < at(6) ? 1 : 0));
  }
  CHECK(choice.is_complete());
  CHECK(FlowChoice().is_complete());
}
