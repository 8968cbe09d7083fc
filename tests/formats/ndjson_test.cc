#include "formats/ndjson.h"

#include <rapidjson/document.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "tests/render/flows.h"
#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::formats;
using namespace mitm::test;

namespace {

std::string line(const RecordScript& script, const NdjsonOptions& options = {}) {
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  NdjsonWriter writer(options, sink);
  const FinishedFlow flow = only(script);
  REQUIRE(writer.write(flow.flow, flow.bodies.get()));
  return *text;
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

std::string text(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

RecordScript over_tls() {
  RecordScript script = connected();
  script.flow(0)
      .add(30, TlsEstablished{Side::kServer,
                              {.version = "TLSv1.3",
                               .cipher = "TLS_AES_128_GCM_SHA256",
                               .sni = "example.com",
                               .alpn = "http/1.1",
                               .verify = "ok",
                               .handshake = std::chrono::milliseconds(18)}})
      .add(33,
           TlsEstablished{Side::kClient, {.version = "TLSv1.2", .cipher = "C", .resumed = true}})
      .flow(12)
      .add(40, request_head("POST", "https", "example.com", "/a?b=c", "X-Y: \xff\r\n"))
      .add(41, BodyChunk{Side::kClient, "ping"})
      .add(42, message_end(Side::kClient, 4))
      .add(60, response_head(200, "OK", "Server: x\r\n"))
      .add(61, Anomaly{Side::kServer, "bare-lf", "in the head"})
      .add(70, BodyChunk{Side::kServer, "pong"})
      .add(75, message_end(Side::kServer, 4))
      .add(76.5, FlowEnd{.bytes_from_client = 103, .bytes_to_client = 220});
  return script;
}

}  // namespace

TEST_CASE("a flow is one object with all keys in their order") {
  CHECK(
      line(over_tls(), {.bodies = true}) ==
      R"({"id":"12","connection":"7","kind":"http","time":"2023-11-14T22:13:20.040000000Z",)"
      R"("duration_ms":36.5,"mode":"explicit","client":{"address":"127.0.0.1","port":40000},)"
      R"("server":{"host":"example.com","address":"192.0.2.1","port":443},)"
      R"("tls":{"client":{"version":"TLSv1.2","cipher":"C","sni":null,"alpn":null,"resumed":true,)"
      R"("ja3":null,"ja4":null,"ech":null,"client_certificate":null},)"
      R"("server":{"version":"TLSv1.3","cipher":"TLS_AES_128_GCM_SHA256","sni":"example.com",)"
      R"("alpn":"http/1.1","resumed":false,"verify":"ok","ocsp":null,)"
      R"("certificate":null,"client_certificate":null}},)"
      R"("request":{"method":"POST","url":"https://example.com/a?b=c","version":"HTTP/1.1",)"
      R"("headers":[["Host","example.com"],["X-Y",{"base64":"/w=="}]],"body_size":"4",)"
      R"("body":{"text":"ping"}},)"
      R"("response":{"status":200,"reason":"OK","version":"HTTP/1.1","headers":[["Server","x"]],)"
      R"("body_size":"4","body":{"text":"pong"}},)"
      R"("timings_ms":{"dns":2.0,"connect":10.0,"tls":18.0,"send":2.0,"wait":18.0,"receive":15.0},)"
      R"("bytes":{"sent":"103","received":"220"},"run":"a3f9c01200000001","passed":false,)"
      R"("error":null,"anomalies":["bare-lf"],"complete":true})"
      "\n");
}

TEST_CASE("bodies are there only when asked for") {
  const auto flow = parsed(line(over_tls()));
  CHECK_FALSE(flow["request"].HasMember("body"));
  CHECK_FALSE(flow["response"].HasMember("body"));
}

TEST_CASE("what is not known is null") {
  RecordScript script;
  script.flow(1).add(0, FlowEnd{.kind = Kind::kTls,
                                .complete = false,
                                .error = FlowError{"tls-client", "refused\x1b"}});
  const auto flow = parsed(line(script, {.bodies = true}));
  for (const char* key : {"mode", "client", "server", "tls", "request", "response"}) {
    CAPTURE(key);
    CHECK(flow[key].IsNull());
  }
  CHECK(flow["timings_ms"]["dns"].IsNull());
  CHECK(text(flow["error"]["kind"]) == "tls-client");
  CHECK(text(flow["error"]["message"]) == "refused\x1b");
  CHECK_FALSE(flow["complete"].GetBool());
  CHECK_FALSE(flow.HasMember("messages"));
}

TEST_CASE("a port is the one that was asked for, and where another was connected to it is told") {
  const auto server = [](std::uint16_t connected) {
    RecordScript script;
    script.connection(1)
        .add(0, from_client())
        .add(1, ServerConnected{.target = {"example.com", 443}, .server = {"192.0.2.1", connected}})
        .flow(1)
        .add(2, FlowEnd{});
    return parsed(line(script));
  };
  const auto direct = server(443);
  CHECK(direct["server"]["port"].GetUint() == 443);
  CHECK_FALSE(direct["server"].HasMember("connected_port"));
  const auto led = server(3128);
  CHECK(led["server"]["port"].GetUint() == 443);
  CHECK(led["server"]["connected_port"].GetUint() == 3128);
}

TEST_CASE("a server that was not reached has the name that was wanted") {
  RecordScript script;
  script.connection(1).add(0, from_client()).flow(1);
  script.add(0, request_head("GET", "http", "no.example:8080", "/")).add(1, FlowEnd{});
  const auto flow = parsed(line(script));
  CHECK(text(flow["server"]["host"]) == "no.example");
  CHECK(flow["server"]["address"].IsNull());
  CHECK(flow["server"]["port"].GetUint() == 8080);
}

TEST_CASE("raw bytes and messages are listed with the bodies") {
  RecordScript script = connected();
  script.add(1, RawBytes{Side::kClient, "hello"})
      .add(2, WebSocketMessage{.sender = Side::kServer, .opcode = 2, .data = "\xff"})
      .add(3, FlowEnd{.kind = Kind::kTcp});
  CHECK_FALSE(parsed(line(script)).HasMember("messages"));
  const auto flow = parsed(line(script, {.bodies = true}));
  REQUIRE(flow["messages"].Size() == 2);
  CHECK(text(flow["messages"][0]["from"]) == "client");
  CHECK(text(flow["messages"][0]["time"]) == "2023-11-14T22:13:20.001000000Z");
  CHECK(text(flow["messages"][0]["text"]) == "hello");
  CHECK(text(flow["messages"][1]["from"]) == "server");
  CHECK(flow["messages"][1]["opcode"].GetUint() == 2);
  CHECK(text(flow["messages"][1]["base64"]) == "/w==");
}

TEST_CASE("every string is valid JSON whatever was received") {
  const Bytes hostile("\x1b[2J\xC2\x9b\xE2\x80\xAE\"\\\xff\0", 14);
  RecordScript script = connected();
  script
      .add(0, RequestHead{.method = hostile,
                          .scheme = hostile,
                          .target = hostile,
                          .authority = hostile,
                          .version = hostile,
                          .raw = hostile})
      .add(0, ResponseHead{.version = hostile, .status = 65535, .reason = hostile, .raw = hostile})
      .add(0, Anomaly{.name = hostile})
      .add(0, FlowEnd{.error = FlowError{hostile, hostile}});
  const std::string out = line(script, {.bodies = true});
  parsed(out);
  for (const char c : out) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  CHECK(out.find("\xC2\x9b") == std::string::npos);
}

TEST_CASE("decoding can be turned off") {
  RecordScript script = connected();
  script.add(0, response_head(200, "OK", "Content-Encoding: rot13\r\n"))
      .add(1, BodyChunk{Side::kServer, "uryyb"})
      .add(2, FlowEnd{});
  const auto flow = parsed(line(script, {.bodies = true, .decode = false}));
  CHECK(text(flow["response"]["body"]["text"]) == "uryyb");
}
