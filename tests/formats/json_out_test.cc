#include "formats/json_out.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>

#include "tests/support/memory_io.h"

using namespace mitm;
using mitm::formats::JsonOut;
using mitm::test::FailingSink;
using mitm::test::MemorySink;

TEST_CASE("values and members are written compactly, one text a line") {
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  JsonOut out(sink);
  out.begin_object();
  out.key("a").string("x\"y");
  out.key("b").begin_array();
  out.null();
  out.boolean(true);
  out.small(7);
  out.large(UINT64_MAX);
  out.number(12.345678);
  out.end_array();
  out.key("c").string("\xff");
  out.end_object();
  REQUIRE(out.finish());
  CHECK(*text ==
        "{\"a\":\"x\\\"y\",\"b\":[null,true,7,\"18446744073709551615\",12.345678],"
        "\"c\":{\"base64\":\"/w==\"}}\n");
  out.begin_array();
  out.end_array();
  REQUIRE(out.finish());
  CHECK(text->ends_with("}\n[]\n"));
}

TEST_CASE("a string can be written in pieces") {
  const auto text = std::make_shared<Bytes>();
  MemorySink sink(text);
  JsonOut out(sink);
  out.begin_object();
  out.key("long").begin_string();
  for (int i = 0; i < 3; ++i) {
    out.text().append(50'000, 'x');
    CHECK(out.flush_if_large());
  }
  out.end_string();
  CHECK(text->size() >= 100'000);
  out.key("next").null();
  out.end_object();
  REQUIRE(out.finish());
  CHECK(text->size() == 150'000 + 24);
  CHECK(text->ends_with("x\",\"next\":null}\n"));
}

TEST_CASE("the sink's failure ends the pieces and is what finish returns") {
  FailingSink sink(std::make_shared<Bytes>(), 10);
  JsonOut out(sink);
  out.begin_string();
  out.text().append(100'000, 'x');
  CHECK_FALSE(out.flush_if_large());
  out.end_string();
  const Status status = out.finish();
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "write memory: No space left on device");
}
