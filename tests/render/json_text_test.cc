#include "lib/render/json_text.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::render::indent_json;

TEST_CASE("JSON gets a line for each member") {
  CHECK(indent_json(R"({"a":1,"b":[true,null,{}],"c":"x\n"})") ==
        "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null,\n    {}\n  ],\n  \"c\": \"x\\n\"\n}");
}

TEST_CASE("numbers keep all their digits") {
  CHECK(indent_json("[1700000000123456789012, 1.10, -0, 1e300]") ==
        "[\n  1700000000123456789012,\n  1.10,\n  -0,\n  1e300\n]");
}

TEST_CASE("order and repetition of members stay") {
  CHECK(indent_json(R"({"b":1,"a":2,"b":3})") == "{\n  \"b\": 1,\n  \"a\": 2,\n  \"b\": 3\n}");
}

TEST_CASE("what is not JSON is left alone") {
  CHECK_FALSE(indent_json(""));
  CHECK_FALSE(indent_json("{"));
  CHECK_FALSE(indent_json("{} {}"));
  CHECK_FALSE(indent_json("hello"));
}

TEST_CASE("nesting and indentation are bounded") {
  CHECK(indent_json(std::string(60, '[') + std::string(60, ']')));
  CHECK_FALSE(indent_json(std::string(100, '[') + std::string(100, ']')));
  CHECK_FALSE(indent_json(std::string(300'000, '[')));
  std::string wide = std::string(60, '[') + "0";
  for (int i = 0; i < 10'000; ++i) wide += ",0";
  CHECK_FALSE(indent_json(wide + std::string(60, ']')));
}
