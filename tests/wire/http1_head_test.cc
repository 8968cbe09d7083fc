#include "lib/wire/http1_head.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using mitm::wire::Field;

TEST_CASE("a stored head is taken apart") {
  constexpr std::string_view kHead = "GET / HTTP/1.1\r\nHost: a\r\nX-A:1\r\nx-a: 2 \r\n\r\n";
  CHECK(mitm::wire::start_line(kHead) == "GET / HTTP/1.1");
  const auto section = mitm::wire::field_section(kHead);
  CHECK(mitm::wire::parse_fields(section) ==
        std::vector<Field>{{"Host", "a"}, {"X-A", "1"}, {"x-a", "2"}});
  CHECK(mitm::wire::find_field(section, "x-A") == "1");
  CHECK_FALSE(mitm::wire::find_field(section, "X"));
}

TEST_CASE("a trailer section without its blank line, and nothing at all") {
  CHECK(mitm::wire::parse_fields("A: b\r\n") == std::vector<Field>{{"A", "b"}});
  CHECK(mitm::wire::parse_fields("").empty());
  CHECK(mitm::wire::start_line("").empty());
  CHECK(mitm::wire::field_section("GET").empty());
}

TEST_CASE("a folded value is found whole") {
  CHECK(mitm::wire::find_field("A: b\r\n c\r\nB: d\r\n", "a") == "b\r\n c");
}

TEST_CASE("no bytes are too odd") {
  constexpr std::string_view kAlphabet = "a: \t\r\n\n:\0\xff";
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    for (const Field& field : mitm::wire::parse_fields(text)) {
      CHECK(text.find(field.name) != std::string::npos);
      CHECK(text.find(field.value) != std::string::npos);
    }
  }
}

TEST_CASE("only methods that do no harm twice are idempotent") {
  for (const auto* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    CHECK(mitm::wire::is_idempotent(method));
  }
  for (const auto* method : {"POST", "PATCH", "CONNECT", "QUERY", "get", ""}) {
    CHECK_FALSE(mitm::wire::is_idempotent(method));
  }
}
