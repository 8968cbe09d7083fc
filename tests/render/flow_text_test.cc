#include "lib/render/flow_text.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include "tests/render/flows.h"
#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::render;
using namespace mitm::test;

namespace {

RecordScript exchange() {
  RecordScript script = connected();
  script.add(40, request_head("POST", "https", "example.com", "/"))
      .add(40, BodyChunk{Side::kClient, "ping"})
      .add(40, message_end(Side::kClient, 4))
      .add(45, response_head(103, "Early Hints"))
      .add(50, response_head(200, "OK"))
      .add(51, BodyChunk{Side::kServer, "pong"})
      .add(51, Trailers{.sender = Side::kServer, .raw = "T: 1\r\n"})
      .add(51, Anomaly{Side::kClient, "obs-fold", ""})
      .add(51, RawBytes{Side::kClient, "raw bytes of the message"})
      .add(52, message_end(Side::kServer, 4))
      .add(52, FlowEnd{});
  return script;
}

std::string print(const RecordScript& script, TextOptions options) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  FlowPrinter printer(options, sink);
  for (const Record& record : script.records()) REQUIRE(printer.consume(record));
  REQUIRE(printer.finish());
  return *text;
}

const std::string kLine =
    "#12 127.0.0.1:40000 > 192.0.2.1:443: POST https://example.com/ +4B 200 4B 12.0ms "
    "[anomaly obs-fold]\n";

}  // namespace

TEST_CASE("a line has its time in front") {
  CHECK(print(exchange(), {}) == "22:13:20.040000 " + kLine);
  CHECK(print(exchange(), {.time = TimeFormat::kNone}) == kLine);
}

TEST_CASE("heads follow the line, and an empty line ends the flow") {
  CHECK(print(exchange(), {.detail = Detail::kHeads, .time = TimeFormat::kNone}) ==
        kLine +
            "* anomaly: obs-fold (client)\n"
            "> POST / HTTP/1.1\n> Host: example.com\n>\n"
            "< HTTP/1.1 103 Early Hints\n<\n< HTTP/1.1 200 OK\n<\n< T: 1\n\n");
}

TEST_CASE("bodies stand between the head and the trailers") {
  CHECK(print(exchange(), {.detail = Detail::kBodies, .time = TimeFormat::kNone}) ==
        kLine +
            "* anomaly: obs-fold (client)\n"
            "> POST / HTTP/1.1\n> Host: example.com\n>\n    ping\n"
            "< HTTP/1.1 103 Early Hints\n<\n< HTTP/1.1 200 OK\n<\n    pong\n< T: 1\n\n");
}

TEST_CASE("everything includes the connection and the bytes of a malformed message") {
  const std::string out = print(exchange(), {.detail = Detail::kEverything});
  CHECK(out.find("\n* client: 127.0.0.1:40000") != std::string::npos);
  CHECK(out.find("\n* bytes as received:\n> 24B after 11.0ms\n    raw bytes of the message\n\n") !=
        std::string::npos);
}

TEST_CASE("a raw connection shows its bytes with the bodies") {
  RecordScript script = connected();
  script.add(1, RawBytes{Side::kClient, "hello"}).add(2, FlowEnd{.kind = Kind::kTcp});
  CHECK(print(script, {.detail = Detail::kHeads}).find("hello") == std::string::npos);
  CHECK(print(script, {.detail = Detail::kBodies}).find("> 5B after 0us\n    hello\n") !=
        std::string::npos);
}

TEST_CASE("flows that have not ended are printed at the end") {
  RecordScript script = connected();
  script.add(1, request_head("GET", "https", "example.com", "/"));
  CHECK(print(script, {.detail = Detail::kQuiet, .time = TimeFormat::kNone}) ==
        "GET https://example.com/ - [incomplete]\n");
}

TEST_CASE("printing stops at the first failure of the sink") {
  FailingSink sink(std::make_shared<Bytes>(), 100);
  FlowPrinter printer({.detail = Detail::kBodies}, sink);
  Status status;
  const RecordScript script = exchange();
  for (const Record& record : script.records()) {
    status = printer.consume(record);
    if (!status) break;
  }
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "write memory: No space left on device");
}
