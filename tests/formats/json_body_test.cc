#include "formats/json_body.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::formats;

namespace {

/// "hello hello hello hello", gzip.
const Bytes kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d"
    "\x8d\x17\x00\x00\x00",
    28);

std::string body(ByteView content, ByteView encoding = "", std::size_t in_memory = 1000) {
  Spool spool(in_memory);
  REQUIRE(spool.append(content));
  const auto text = std::make_shared<Bytes>();
  test::MemorySink sink(text);
  JsonOut out(sink);
  out.begin_object();
  REQUIRE(write_body_members(out, spool, encoding));
  out.end_object();
  REQUIRE(out.finish());
  return *text;
}

}  // namespace

TEST_CASE("a body is text when it is UTF-8, else base64") {
  CHECK(body("plain \xC3\xA4") == "{\"text\":\"plain \xC3\xA4\"}\n");
  CHECK(body("") == "{\"text\":\"\"}\n");
  CHECK(body("\xff\xfe") == "{\"base64\":\"//4=\"}\n");
  CHECK(body("cut \xC3") == "{\"base64\":\"Y3V0IMM=\"}\n");
}

TEST_CASE("an encoded body is decoded where that works") {
  CHECK(body(kGzip, "gzip") == "{\"text\":\"hello hello hello hello\",\"decoded_size\":\"23\"}\n");
  CHECK(body(kGzip, "").starts_with("{\"base64\":\"H4sI"));
  CHECK(body(kGzip.substr(0, 20), "gzip").starts_with("{\"base64\":\"H4sI"));
  CHECK(body("not gzip", "gzip") == "{\"text\":\"not gzip\"}\n");
  CHECK(body("x", "rot13") == "{\"text\":\"x\"}\n");
  CHECK(body("", "gzip") == "{\"text\":\"\"}\n");
}

TEST_CASE("a large body comes through in pieces, also where they cut characters") {
  std::string content(1, 'x');
  while (content.size() < 300'000) content += "\xE2\x82\xAC";
  CHECK(body(content) == "{\"text\":\"" + content + "\"}\n");
}

TEST_CASE("short content is one member") {
  const auto text = std::make_shared<Bytes>();
  test::MemorySink sink(text);
  JsonOut out(sink);
  out.begin_object();
  write_bytes_member(out, "a\"b");
  write_bytes_member(out, "\xff\xfe");
  out.end_object();
  REQUIRE(out.finish());
  CHECK(*text == "{\"text\":\"a\\\"b\",\"base64\":\"//4=\"}\n");
}
