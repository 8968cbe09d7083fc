#include "lib/render/fields.h"

#include <catch2/catch.hpp>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::render;
using namespace mitm::test;

TEST_CASE("fields come from the received bytes, or from the list where there are none") {
  const auto raw = request_head("GET", "http", "example.com", "/", "x-A:  1 \r\n");
  const auto fields = header_fields(raw);
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "Host");
  CHECK(fields[1].name == "x-A");
  CHECK(fields[1].value == "1");
  flow::ResponseHead listed;
  listed.fields = {{":status", "200"}, {"server", "x"}};
  REQUIRE(header_fields(listed).size() == 2);
  CHECK(header_fields(listed)[0].name == ":status");
}

TEST_CASE("trailers have no first line") {
  const flow::Trailers trailers{.raw = "a: 1\r\nb: 2\r\n"};
  const auto fields = header_fields(trailers);
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "a");
}

TEST_CASE("repeated fields are one value") {
  const auto head = response_head(200, "OK", "Via: a\r\nvia: b\r\nX: c\r\n");
  const auto fields = header_fields(head);
  CHECK(header_value(fields, "VIA") == "a, b");
  CHECK(header_value(fields, "x") == "c");
  CHECK_FALSE(header_value(fields, "y"));
}
