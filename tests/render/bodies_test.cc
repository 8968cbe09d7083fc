#include "lib/render/bodies.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/render/flows.h"
#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::render;
using namespace mitm::test;

namespace {

/// The response body of a flow of `size` octets of which `content` was recorded.
std::string show(const std::string& headers, const Bytes& content, const TextOptions& options = {},
                 std::uint64_t size = 0) {
  RecordScript script = connected();
  script.add(0, response_head(200, "OK", headers));
  script.add(1, BodyChunk{Side::kServer, content});
  script.add(2, MessageEnd{Side::kServer, std::max<std::uint64_t>(size, content.size()),
                           content.size(), true});
  const FinishedFlow flow = only(script);
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  REQUIRE(print_body(flow.flow, Side::kServer, flow.bodies->response, options, sink));
  return *text;
}

std::string transcript(const RecordScript& script, const TextOptions& options = {}) {
  const FinishedFlow flow = only(script);
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  REQUIRE(print_transcript(flow.bodies->transcript, flow.flow.start, options, sink));
  return *text;
}

const Bytes kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d"
    "\x8d\x17\x00\x00\x00",
    28);

}  // namespace

TEST_CASE("a text body is shown as text, an empty one not at all") {
  CHECK(show("", "hello\nworld") == "    hello\n    world\n");
  CHECK(show("", "").empty());
}

TEST_CASE("JSON is indented, and shown as it is when it is not JSON after all") {
  CHECK(show("Content-Type: application/json\r\n", "{\"a\":1}") ==
        "    {\n      \"a\": 1\n    }\n");
  CHECK(show("Content-Type: application/json\r\n", "{\"a\":") == "    {\"a\":\n");
  CHECK(show("Content-Type: text/plain\r\n", "{\"a\":1}") == "    {\"a\":1}\n");
}

TEST_CASE("JSON strings cannot smuggle control characters") {
  CHECK(show("Content-Type: application/json\r\n", "[\"\\u001b[2J\\u009b\"]") ==
        "    [\n      \"\\u001B[2J\\u{9b}\"\n    ]\n");
}

TEST_CASE("an encoded body is decoded unless told otherwise") {
  CHECK(show("Content-Encoding: gzip\r\n", kGzip) == "    hello hello hello hello\n");
  CHECK(show("Content-Encoding: gzip\r\n", kGzip, {.decode = false}) ==
        "    [28B of binary data]\n");
}

TEST_CASE("a broken encoding shows what could be decoded and says so") {
  const std::string shown = show("Content-Encoding: gzip\r\n", kGzip.substr(0, 14));
  CHECK(shown.find("    [") != std::string::npos);
  CHECK(shown.ends_with("]\n"));
  CHECK(shown.find("as recorded") == std::string::npos);  // all of it was decoded
}

TEST_CASE("a stray octet in a text is escaped") {
  CHECK(show("", "caf\xe9 au lait, s'il vous plait") == "    caf\\xe9 au lait, s'il vous plait\n");
}

TEST_CASE("what its encoding does not fit is shown as it was recorded") {
  CHECK(show("Content-Encoding: gzip\r\n", "not gzip") ==
        "    [gzip: incorrect header check; as recorded:]\n    not gzip\n");
  CHECK(show("Content-Encoding: rot13\r\n", "abc", {.bytes = BytesAs::kHex}) ==
        "    [content coding not supported: rot13; as recorded:]\n\t0x0000:  6162 63\n");
  Bytes damaged = kGzip;
  damaged[24] ^= 1;  // the length it says it has
  CHECK(show("Content-Encoding: gzip\r\n", damaged, {.bytes = BytesAs::kAscii}) ==
        "    hello hello hello hello\n    [gzip: incorrect length check; as recorded:]\n"
        "    ...........H...W.@'..Q=.....\n");
}

TEST_CASE("binary is a note of its size and type") {
  CHECK(show("Content-Type: image/p\x1bng\r\n", Bytes("\x89PNG\0", 5)) ==
        "    [5B of image/p\\x1bng]\n");
}

TEST_CASE("a limit cuts and says so") {
  CHECK(show("", "0123456789", {.limit = 4}) == "    0123\n    [cut after 4B]\n");
  CHECK(show("", "0123456789", {.limit = 10}) == "    0123456789\n");
  CHECK(show("", "0123456789", {.bytes = BytesAs::kHex, .limit = 2}) ==
        "\t0x0000:  3031\n    [cut after 2B]\n");
}

TEST_CASE("what was not recorded is said") {
  CHECK(show("", "0123", {}, 2048) == "    0123\n    [4B of 2.0K recorded]\n");
}

TEST_CASE("a large body passes in pieces") {
  Bytes large;
  while (large.size() < 2 * Spool::kInMemory) large += "a line of text that is repeated\n";
  RecordScript script = connected();
  script.add(0, response_head(200, "OK", "Content-Type: application/json\r\n"));
  for (std::size_t at = 0; at < large.size(); at += kMaxChunk) {
    script.add(1, BodyChunk{Side::kServer, large.substr(at, kMaxChunk)});
  }
  const FinishedFlow flow = only(script);
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  REQUIRE(print_body(flow.flow, Side::kServer, flow.bodies->response, {}, sink));
  CHECK(text->size() == large.size() + large.size() / 32 * 4);
}

TEST_CASE("raw bytes are shown in order with their direction and time") {
  RecordScript script = connected();
  script.add(1, RawBytes{Side::kClient, "PING\r\n"})
      .add(3.5, RawBytes{Side::kServer, Bytes("\0\1", 2)})
      .add(4, RawBytes{Side::kServer, "PONG"});
  CHECK(transcript(script) ==
        "> 6B after 0us\n    PING\n< 2B after 2.5ms\n    [2B of binary data]\n"
        "< 4B after 3.0ms\n    PONG\n");
  CHECK(transcript(script, {.bytes = BytesAs::kHexAscii}).find("\t0x0000:  0001") !=
        std::string::npos);
}

TEST_CASE("WebSocket messages say what they are") {
  RecordScript script = connected();
  script.add(1, WebSocketMessage{.sender = Side::kClient, .opcode = 1, .data = "hi"})
      .add(1, WebSocketMessage{.sender = Side::kServer, .opcode = 2, .final = false, .data = "a"})
      .add(1,
           WebSocketMessage{.sender = Side::kServer, .opcode = 2, .compressed = true, .data = "b"})
      .add(2, WebSocketMessage{.sender = Side::kServer, .opcode = 9})
      .add(2, WebSocketMessage{.sender = Side::kServer, .opcode = 8})
      .add(2, WebSocketMessage{.sender = Side::kServer, .opcode = 7});
  CHECK(transcript(script) ==
        "> text 2B after 0us\n    hi\n< binary piece 1B after 0us\n    a\n"
        "< binary (compressed) 1B after 0us\n    b\n< ping 0B after 1.0ms\n"
        "< close 0B after 1.0ms\n< reserved 0B after 1.0ms\n");
}
