#include "lib/flow/assembler.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <vector>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::test;
using std::chrono::milliseconds;

namespace {

std::vector<Flow> drain(Assembler& assembler) {
  std::vector<Flow> flows;
  while (auto flow = assembler.next()) flows.push_back(*std::move(flow));
  return flows;
}

std::vector<Flow> feed(Assembler& assembler, const RecordScript& script) {
  for (const Record& record : script.records()) assembler.add(Record(record));
  return drain(assembler);
}

std::vector<Flow> assemble(const RecordScript& script) {
  Assembler assembler;
  return feed(assembler, script);
}

/// What has not ended when the stream is over.
std::vector<Flow> finish(Assembler& assembler) {
  assembler.finish();
  return drain(assembler);
}

RequestHead get(const std::string& target) {
  return request_head("GET", "https", "example.com", target);
}

/// A flow of nothing but heads, ended.
void exchange(RecordScript& script, double start, FlowId id, const std::string& target) {
  script.flow(id)
      .add(start, get(target))
      .add(start, message_end(Side::kClient))
      .add(start + 5, response_head(200, "OK"))
      .add(start + 8, message_end(Side::kServer))
      .add(start + 8, FlowEnd{})
      .flow(0);
}

}  // namespace

TEST_CASE("an exchange over TLS becomes one flow with everything known about it") {
  RecordScript script;
  script.add(0, Header{.run_id = 0xa3f9});
  script.connection(7)
      .add(0, from_client())
      .add(12, to_server("example.com", "192.0.2.1"))
      .add(30, TlsEstablished{Side::kServer, {.version = "TLSv1.3", .handshake = milliseconds(18)}})
      .add(33, TlsEstablished{Side::kClient, {.version = "TLSv1.2"}})
      .flow(12)
      .add(40, request_head("POST", "https", "example.com", "/a"))
      .add(41, BodyChunk{Side::kClient, "abc"})
      .add(42, message_end(Side::kClient, 3))
      .add(50, response_head(100, "Continue"))
      .add(60, response_head(200, "OK"))
      .add(61, Anomaly{Side::kServer, "bare-lf", "in the head"})
      .add(70, BodyChunk{Side::kServer, "0123456789"})
      .add(75, MessageEnd{Side::kServer, 20, 10, true})
      .add(76, FlowEnd{.bytes_from_client = 103, .bytes_to_client = 220});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  const Flow& flow = flows[0];
  CHECK(flow.id == 12);
  CHECK(flow.connection == 7);
  CHECK(flow.run == 0xa3f9);
  CHECK(flow.kind == Kind::kHttp);
  CHECK(flow.start == at(40));
  CHECK(flow.end == at(76));
  CHECK(flow.duration() == milliseconds(36));
  REQUIRE(flow.client);
  CHECK(flow.client->address == Endpoint{"127.0.0.1", 40000});
  REQUIRE(flow.client->tls);
  CHECK(flow.client->tls->version == "TLSv1.2");
  REQUIRE(flow.server);
  CHECK(flow.server->target == Target{"example.com", 443});
  CHECK(flow.server->address == Endpoint{"192.0.2.1", 443});
  REQUIRE(flow.server->tls);
  CHECK(flow.server->tls->version == "TLSv1.3");
  CHECK(flow.request.value().method == "POST");
  CHECK(flow.response.value().status == 200);
  REQUIRE(flow.interim.size() == 1);
  CHECK(flow.interim[0].status == 100);
  CHECK(flow.sent.body_size == 3);
  CHECK(flow.sent.ended);
  CHECK(flow.received.body_size == 20);
  CHECK(flow.received.recorded_size == 10);
  CHECK(flow.message(Side::kServer).complete);
  CHECK(flow.bytes_from_client == 103);
  CHECK(flow.bytes_to_client == 220);
  REQUIRE(flow.anomalies.size() == 1);
  CHECK(flow.anomalies[0].name == "bare-lf");
  CHECK(flow.complete);
  CHECK_FALSE(flow.passed);
  CHECK_FALSE(flow.error);
  CHECK(flow.timings.dns == milliseconds(2));
  CHECK(flow.timings.connect == milliseconds(10));
  CHECK(flow.timings.tls == milliseconds(18));
  CHECK(flow.timings.send == milliseconds(2));
  CHECK(flow.timings.wait == milliseconds(18));
  CHECK(flow.timings.receive == milliseconds(15));
}

TEST_CASE("only the first flow of a server connection counts the time of connecting") {
  RecordScript script;
  script.connection(1).add(0, from_client()).add(1, to_server("example.com", "192.0.2.1"));
  exchange(script, 10, 1, "/first");
  exchange(script, 30, 2, "/second");
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].timings.connect == milliseconds(10));
  CHECK_FALSE(flows[1].timings.connect);
  CHECK_FALSE(flows[1].timings.dns);
  CHECK_FALSE(flows[1].timings.tls);
  CHECK(flows[1].timings.wait == milliseconds(5));
  CHECK(flows[1].server == flows[0].server);
}

TEST_CASE("a server connected for a flow serves it and those after it") {
  RecordScript script;
  script.connection(1).add(0, from_client());
  script.flow(1).add(1, get("/a")).add(1, message_end(Side::kClient));
  script.flow(1).add(21, to_server("a.example", "192.0.2.1", 80));
  script.flow(2).add(22, get("/b"));
  script.flow(2).add(23, to_server("b.example", "192.0.2.2", 80));
  script.flow(1).add(31, response_head(200, "OK")).add(32, FlowEnd{});
  script.flow(2).add(33, FlowEnd{});
  script.flow(3).add(34, get("/c")).add(35, FlowEnd{});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 3);
  CHECK(flows[0].server->target.host == "a.example");
  CHECK(flows[1].server->target.host == "b.example");
  CHECK(flows[2].server->target.host == "b.example");
  CHECK(flows[0].timings.connect);
  CHECK(flows[1].timings.connect);
  CHECK_FALSE(flows[2].timings.connect);
  // Connecting happened between the request and the response and is not counted as waiting.
  CHECK(flows[0].timings.wait == milliseconds(10));
}

TEST_CASE("a flow that was opened before the server was connected gets it") {
  RecordScript script;
  script.connection(1).add(0, from_client());
  script.flow(1).add(1, RawBytes{Side::kClient, "hello"});
  script.flow(0).add(5, to_server("db.example", "192.0.2.3", 5432));
  script.flow(1).add(6, RawBytes{Side::kServer, "hi"}).add(7, FlowEnd{.kind = Kind::kTcp});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  REQUIRE(flows[0].server);
  CHECK(flows[0].server->address.port == 5432);
  CHECK(flows[0].timings.connect == milliseconds(10));
  CHECK(flows[0].sent.raw_size == 5);
  CHECK(flows[0].received.raw_size == 2);
}

TEST_CASE("what a connection learns later does not change flows that have ended") {
  RecordScript script;
  script.connection(1).add(0, from_client()).add(1, to_server("example.com", "192.0.2.1", 80));
  exchange(script, 10, 1, "/clear");
  script.add(20, TlsEstablished{Side::kClient, {.version = "TLSv1.3"}});
  script.add(20, TlsEstablished{Side::kServer, {.version = "TLSv1.3"}});
  exchange(script, 30, 2, "/tls");
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 2);
  CHECK_FALSE(flows[0].client->tls);
  CHECK_FALSE(flows[0].server->tls);
  CHECK(flows[1].client->tls);
  CHECK(flows[1].server->tls);
  CHECK(flows[1].client->address == flows[0].client->address);
}

TEST_CASE("flows come out in the order in which they ended") {
  RecordScript script;
  script.connection(1).flow(1).add(0, get("/slow"));
  script.connection(2).flow(2).add(1, get("/quick")).add(2, FlowEnd{});
  script.connection(1).flow(1).add(3, FlowEnd{});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].id == 2);
  CHECK(flows[1].id == 1);
}

TEST_CASE("flows that never ended are incomplete, oldest first") {
  RecordScript script;
  script.connection(1).add(0, from_client());
  script.flow(3).add(1, get("/a")).add(9, BodyChunk{Side::kClient, "abcd"});
  script.flow(2).add(2, RawBytes{Side::kServer, "raw"});
  script.connection(2).flow(9).add(3, DnsMessage{Side::kClient, "query"});
  script.connection(3).add(4, ClientHelloSeen{{.sni = "pinned.example"}, ""}).flow(10);
  script.add(4, ServerConnected{});
  Assembler assembler;
  CHECK(feed(assembler, script).empty());
  const auto flows = finish(assembler);
  REQUIRE(flows.size() == 4);
  CHECK(flows[0].kind == Kind::kHttp);
  CHECK(flows[0].end == at(9));
  CHECK(flows[0].bytes_from_client == 4);
  CHECK_FALSE(flows[0].complete);
  CHECK(flows[1].kind == Kind::kTcp);
  CHECK(flows[1].bytes_to_client == 3);
  CHECK(flows[2].kind == Kind::kDns);
  CHECK(flows[3].kind == Kind::kTls);
  CHECK(flows[3].client->hello->sni == "pinned.example");
  CHECK(finish(assembler).empty());
}

TEST_CASE("closing a connection ends its flows and forgets it") {
  RecordScript script;
  script.connection(1).add(0, from_client());
  script.flow(1).add(1, get("/a"));
  script.flow(0).add(5, ConnectionClosed{FlowError{"server-reset", "reset by peer"}});
  Assembler assembler;
  const auto flows = feed(assembler, script);
  REQUIRE(flows.size() == 1);
  CHECK_FALSE(flows[0].complete);
  CHECK(flows[0].error.value().kind == "server-reset");
  CHECK(flows[0].end == at(5));
  CHECK(finish(assembler).empty());
}

TEST_CASE("what was known of a connection goes with it") {
  const auto ending = GENERATE(false, true);
  Assembler assembler;
  RecordScript before;
  before.connection(1).add(0, from_client()).add(1, to_server("example.com", "192.0.2.1"));
  exchange(before, 2, 1, "/");
  if (!ending) before.add(20, ConnectionClosed{});
  REQUIRE(feed(assembler, before).size() == 1);
  if (ending) CHECK(finish(assembler).empty());
  RecordScript after;
  exchange(after.connection(1), 30, 2, "/");
  const auto flows = feed(assembler, after);
  REQUIRE(flows.size() == 1);
  CHECK_FALSE(flows[0].client);
  CHECK_FALSE(flows[0].server);
}

TEST_CASE("a flow of which only the end was recorded is a flow") {
  RecordScript script;
  script.connection(4)
      .add(0, from_client())
      .flow(5)
      .add(1,
           FlowEnd{
               .kind = Kind::kTls, .complete = false, .error = FlowError{"dns", "no such name"}});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].error.value().kind == "dns");
  CHECK_FALSE(flows[0].request);
  CHECK_FALSE(flows[0].server);
  CHECK(flows[0].client);
}

TEST_CASE("ids of different sources are different flows") {
  RecordScript script;
  script.source(0).add(0, Header{.run_id = 1}).source(1).add(0, Header{.run_id = 2});
  script.source(0).connection(1).flow(1).add(1, get("/one"));
  script.source(1).connection(1).flow(1).add(2, get("/two")).add(3, FlowEnd{});
  script.source(0).flow(1).add(4, FlowEnd{});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].run == 2);
  CHECK(flows[0].request.value().target == "/two");
  CHECK(flows[1].run == 1);
  CHECK(flows[1].request.value().target == "/one");
}

TEST_CASE("events of a flow without a flow id are ignored") {
  RecordScript script;
  script.connection(1).add(0, get("/")).add(1, FlowEnd{}).add(2, Anomaly{});
  Assembler assembler;
  CHECK(feed(assembler, script).empty());
  CHECK(finish(assembler).empty());
}

TEST_CASE("a flood of interim heads and anomalies is counted, not kept") {
  RecordScript script;
  script.connection(1).flow(1).add(0, get("/"));
  for (int i = 0; i < 200; ++i) {
    script.add(1, response_head(103, "Early Hints")).add(1, Anomaly{Side::kServer, "x", ""});
  }
  script.add(2, FlowEnd{});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].interim_count == 200);
  CHECK(flows[0].interim.size() == Flow::kKeptInterim);
  CHECK(flows[0].anomaly_count == 200);
  CHECK(flows[0].anomalies.size() == Flow::kKeptAnomalies);
}

TEST_CASE("WebSocket messages are counted once for all their pieces") {
  RecordScript script;
  script.connection(1).flow(1).add(0, get("/ws")).add(1, response_head(101, "Switching Protocols"));
  script.add(2,
             WebSocketMessage{.sender = Side::kClient, .opcode = 1, .final = false, .data = "he"});
  script.add(2, WebSocketMessage{.sender = Side::kClient, .opcode = 1, .final = true, .data = "y"});
  script.add(3, FlowEnd{.kind = Kind::kWebSocket});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].sent.messages == 1);
  CHECK(flows[0].sent.raw_size == 3);
  CHECK(flows[0].response.value().status == 101);
}

TEST_CASE("a server that was not reached has no times") {
  RecordScript script;
  script.connection(1).add(0, from_client()).flow(1);
  script.add(1, ServerConnected{.target = {"no.example", 443}, .server = {}});
  script.add(2, FlowEnd{.complete = false, .error = FlowError{"dns", "no such name"}});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].server->target.host == "no.example");
  CHECK_FALSE(flows[0].timings.dns);
  CHECK_FALSE(flows[0].timings.connect);
}

TEST_CASE("a flow may have begun before its first record") {
  RecordScript script;
  script.connection(1).flow(1).add(
      76, FlowEnd{.kind = Kind::kTls, .complete = false, .waited = milliseconds(30)});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].duration() == milliseconds(30));
  CHECK(elapsed(flows[0].start, script.records().back().time) == milliseconds(30));
}

TEST_CASE("a flow of which recorded parts are missing is damaged and not complete") {
  RecordScript script;
  script.connection(1).flow(1).add(0, get("/a")).add(1, response_head(200, "OK"));
  script.add(2, BodyChunk{Side::kServer, "half"})
      .add(3, message_end(Side::kServer, 8))
      .add(4, FlowEnd{});
  script.flow(2).add(5, response_head(200, "OK")).add(6, FlowEnd{});
  script.flow(3).add(7, get("/b")).add(8, FlowEnd{});
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 3);
  CHECK_FALSE(flows[0].complete);
  CHECK(flows[0].received.recorded_size == 4);
  REQUIRE(flows[0].anomalies.size() == 1);
  CHECK(flows[0].anomalies[0].name == "recording-damaged");
  CHECK(flows[0].anomalies[0].detail == "4 of 8 recorded octets of the body are missing");
  CHECK_FALSE(flows[1].complete);
  CHECK(flows[1].anomaly_count == 1);
  CHECK(flows[2].complete);
  CHECK(flows[2].anomaly_count == 0);
}

namespace {

/// The facts of connection 7 as a later file of the run says them again.
void repeat_facts(RecordScript& script) {
  script.connection(7)
      .add_repeated(0, from_client())
      .add_repeated(12, to_server("example.com", "192.0.2.1"))
      .add_repeated(30, TlsEstablished{Side::kServer, {.handshake = milliseconds(18)}})
      .add_repeated(33, TlsEstablished{Side::kClient, {.version = "TLSv1.2"}});
}

}  // namespace

TEST_CASE("facts that a later file repeats describe its flows, and its time is not theirs") {
  RecordScript script;
  repeat_facts(script);
  exchange(script, 500, 2, "/again");
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].complete);
  CHECK(flows[0].server->target.host == "example.com");
  CHECK(flows[0].server->tls);
  CHECK(flows[0].client->tls->version == "TLSv1.2");
  CHECK_FALSE(flows[0].timings.connect);
  CHECK_FALSE(flows[0].timings.tls);
}

TEST_CASE("repeated facts change nothing for who has read the file before") {
  RecordScript script;
  script.connection(7)
      .add(0, from_client())
      .add(12, to_server("example.com", "192.0.2.1"))
      .add(30, TlsEstablished{Side::kServer, {.handshake = milliseconds(18)}})
      .add(33, TlsEstablished{Side::kClient, {.version = "TLSv1.2"}});
  RecordScript unrotated = script;
  exchange(unrotated, 500, 2, "/first");
  repeat_facts(script);
  exchange(script, 500, 2, "/first");
  exchange(script, 600, 3, "/second");
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].timings.connect == assemble(unrotated)[0].timings.connect);
  CHECK(flows[0].timings.tls == milliseconds(18));
  CHECK_FALSE(flows[1].timings.connect);
}

TEST_CASE("a repeated fact corrects what a missing file said") {
  RecordScript script;
  script.connection(7).add(0, from_client()).add(12, to_server("first.example", "192.0.2.1"));
  script.add_repeated(300, to_server("second.example", "192.0.2.2"));
  exchange(script, 500, 2, "/");
  const auto flows = assemble(script);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].server->target.host == "second.example");
}
