#include "lib/render/line.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/render/flows.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::render;
using namespace mitm::test;

namespace {

std::string line(const RecordScript& script, const TextOptions& options = {}) {
  std::string out;
  append_line(out, only(script).flow, options);
  return out;
}

RecordScript get() {
  RecordScript script = connected();
  script.add(40, request_head("GET", "https", "example.com", "/a?b=c"))
      .add(40, message_end(Side::kClient))
      .add(50, response_head(200, "OK"))
      .add(51, BodyChunk{Side::kServer, Bytes(10240, 'x')})
      .add(52, message_end(Side::kServer, 10240))
      .add(52.34, FlowEnd{});
  return script;
}

}  // namespace

TEST_CASE("an exchange is one line") {
  CHECK(line(get()) ==
        "#12 127.0.0.1:40000 > 192.0.2.1:443: GET https://example.com/a?b=c 200 10.0K 12.3ms");
}

TEST_CASE("a quiet line has only what happened") {
  CHECK(line(get(), {.detail = Detail::kQuiet}) == "GET https://example.com/a?b=c 200");
}

TEST_CASE("ids carry their run where there are several") {
  CHECK(line(get(), {.show_run = true}).starts_with("#a3f9c012:12 127.0.0.1"));
}

TEST_CASE("what the client sent has a plus") {
  RecordScript script = connected();
  script.add(40, request_head("POST", "https", "example.com", "/"))
      .add(41, BodyChunk{Side::kClient, Bytes(512, 'x')})
      .add(41, message_end(Side::kClient, 512))
      .add(50, response_head(201, "Created"))
      .add(50, message_end(Side::kServer))
      .add(50, FlowEnd{});
  CHECK(line(script) ==
        "#12 127.0.0.1:40000 > 192.0.2.1:443: POST https://example.com/ +512B 201 0B 10.0ms");
}

TEST_CASE("IPv6 addresses are in brackets and unknown ones are question marks") {
  RecordScript script;
  script.connection(1)
      .add(0, ConnectionOpened{.client = {"::1", 5000}})
      .flow(3)
      .add(0, request_head("GET", "http", "x.example", "/"))
      .add(1, FlowEnd{.complete = false, .error = FlowError{"dns", "no such name"}});
  CHECK(line(script) == "#3 [::1]:5000 > ?: GET http://x.example/ - 0B 1.0ms [dns: no such name]");
}

TEST_CASE("raw connections show where they go and how much") {
  RecordScript script = connected();
  script.add(40, FlowEnd{.kind = Kind::kTcp, .bytes_from_client = 1200, .bytes_to_client = 34816});
  CHECK(line(script) == "#12 127.0.0.1:40000 > 192.0.2.1:443: tcp example.com:443 +1.2K 34.0K 0us");
}

TEST_CASE("passed TLS shows the name that was asked for") {
  RecordScript script = connected();
  script.add(1, ClientHelloSeen{{.sni = "pinned.example"}, ""})
      .add(2, FlowEnd{.kind = Kind::kTls, .passed = true, .bytes_from_client = 5});
  CHECK(line(script) ==
        "#12 127.0.0.1:40000 > 192.0.2.1:443: tls pinned.example:443 +5B 0B 1.0ms [passed]");
}

TEST_CASE("a WebSocket shows its handshake and what was exchanged") {
  RecordScript script = connected();
  script.add(0, request_head("GET", "https", "example.com", "/ws"))
      .add(1, response_head(101, "Switching Protocols"))
      .add(2, WebSocketMessage{.sender = Side::kClient, .opcode = 1, .data = "hello"})
      .add(3, FlowEnd{.kind = Kind::kWebSocket});
  CHECK(line(script) ==
        "#12 127.0.0.1:40000 > 192.0.2.1:443: GET https://example.com/ws 101 "
        "websocket +5B 0B 3.0ms");
}

TEST_CASE("what was not ordinary is said in brackets") {
  RecordScript script = connected();
  script.add(0, request_head("GET", "https", "example.com", "/"));
  CHECK(line(script).ends_with(" - 0B 0us [incomplete]"));
  script.add(1, Anomaly{Side::kServer, "bare-lf", ""});
  CHECK(line(script).ends_with(" [incomplete] [anomaly bare-lf]"));
  for (const char* name : {"nul", "obs-fold", "bad-host", "bare-cr"}) {
    script.add(1, Anomaly{Side::kServer, name, ""});
  }
  CHECK(line(script).ends_with(" [anomaly bare-lf nul obs-fold +2 more]"));
  script.add(2, BodyChunk{Side::kServer, Bytes(10, 'x')})
      .add(2, MessageEnd{Side::kServer, 100, 10, true})
      .add(3, FlowEnd{});
  CHECK(line(script).find(" 100B 3.0ms [snapped] [anomaly") != std::string::npos);
}

TEST_CASE("what the recording lost was not left out on purpose") {
  RecordScript script;
  script.connection(1).flow(1).add(0, request_head("GET", "http", "a.example", "/"));
  script.add(2, BodyChunk{Side::kServer, Bytes(10, 'x')})
      .add(2, MessageEnd{Side::kServer, 100, 60, true})
      .add(3, FlowEnd{});
  CHECK(line(script).find("[snapped]") == std::string::npos);
  CHECK(line(script).find("[anomaly recording-damaged]") != std::string::npos);
}

TEST_CASE("hostile strings cannot leave their place in the line") {
  RecordScript script = connected();
  script.add(0, request_head("G\x1b[2JET x", "https", "exa mple\n", "/\xE2\x80\xAE 200"))
      .add(1, Anomaly{Side::kServer, "na\nme", ""})
      .add(2, FlowEnd{.complete = false, .error = FlowError{"k\x07", "m\r\nx"}});
  const std::string out = line(script);
  CHECK(out ==
        "#12 127.0.0.1:40000 > 192.0.2.1:443: G\\x1b[2JET\\x20x "
        "https://exa\\x20mple\\n/\\u{202e}\\x20200 - 0B 2.0ms [k\\x07: m\\x0d\\nx] "
        "[anomaly na\\nme]");
}

TEST_CASE("colour follows the method and the status") {
  const TextOptions colored{.detail = Detail::kQuiet, .color = true};
  CHECK(line(get(), colored) == "\x1b[32mGET\x1b[0m https://example.com/a?b=c \x1b[32m200\x1b[0m");
  RecordScript script = connected();
  script.add(0, request_head("DELETE", "https", "example.com", "/"))
      .add(1, response_head(404, "Not Found"))
      .add(2, FlowEnd{});
  CHECK(line(script, colored) == "\x1b[31mDELETE\x1b[0m https://example.com/ \x1b[31m404\x1b[0m");
}
