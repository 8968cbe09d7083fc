#include "lib/render/content.h"

#include <catch2/catch.hpp>
#include <string>

#include "lib/base/spool.h"
#include "tests/render/flows.h"

using namespace mitm;
using namespace mitm::render;
using namespace mitm::test;

namespace {

/// "hello hello hello hello", gzip.
const Bytes kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d"
    "\x8d\x17\x00\x00\x00",
    28);

struct Read {
  Bytes content;
  ContentEnd end;
};

Read read(ByteView body, ByteView encoding, std::size_t most = 1000) {
  Spool spool;
  REQUIRE(spool.append(body));
  SpoolSource source(spool);
  Read result;
  const auto end = read_content(source, encoding, [&](ByteView bytes) {
    result.content += bytes;
    return result.content.size() < most;
  });
  REQUIRE(end);
  result.end = *end;
  return result;
}

}  // namespace

TEST_CASE("content is given out as it is, or decoded") {
  CHECK(read("plain", "").content == "plain");
  CHECK(read("plain", "").end.size == 5);
  CHECK(read(kGzip, "gzip").content == "hello hello hello hello");
  CHECK_FALSE(read(kGzip, "gzip").end.undecodable);
  CHECK(read(kGzip, "").content == kGzip);
}

TEST_CASE("what cannot be decoded is said after what could be") {
  const Read unknown = read("x", "rot13");
  CHECK(unknown.end.size == 0);
  CHECK(unknown.end.undecodable.value().code == Code::kUnsupported);
  const Read cut = read(ByteView(kGzip).substr(0, 14), "gzip");
  CHECK(cut.end.undecodable);
  CHECK_FALSE(cut.end.stuck);
  const Read garbage = read("not gzip at all", "gzip");
  CHECK(garbage.end.undecodable);
  CHECK(garbage.end.stuck);
  CHECK(garbage.content.empty());
}

TEST_CASE("whoever wants no more is not told that something is missing") {
  const Read some = read(kGzip, "gzip", 1);
  CHECK_FALSE(some.content.empty());
  CHECK_FALSE(some.end.undecodable);
}

TEST_CASE("the head says what the body is") {
  RecordScript script = connected();
  script.add(0, request_head("PUT", "http", "a", "/", "Content-Type: text/plain\r\n"));
  script.add(1, response_head(200, "OK", "content-encoding: gzip\r\nContent-Encoding: br\r\n"));
  const auto flow = only(script).flow;
  CHECK(content_facts(flow, flow::Side::kClient).type == "text/plain");
  CHECK(content_facts(flow, flow::Side::kClient).encoding.empty());
  CHECK(content_facts(flow, flow::Side::kServer).encoding == "gzip, br");
  CHECK(content_facts(flow::Flow{}, flow::Side::kServer).type.empty());
}

TEST_CASE("identity is no encoding") {
  RecordScript script = connected();
  script.add(1, response_head(200, "OK", "Content-Encoding: identity\r\n"));
  CHECK(content_facts(only(script).flow, flow::Side::kServer).encoding.empty());
}
