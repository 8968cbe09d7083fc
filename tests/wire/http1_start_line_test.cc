#include <catch2/catch.hpp>

#include "lib/wire/http1_start_line.h"
#include "tests/support/http1_events.h"

using mitm::test::Names;
using mitm::test::oddities_of;

using mitm::wire::OddityLog;

TEST_CASE("oddities of request lines") {
  const auto line = [](std::string text) { return oddities_of(text + "\r\nHost: x\r\n\r\n"); };
  CHECK(line("GET / HTTP/1.2") == Names{"bad-version"});
  CHECK(line("GET / HTTP/1.10") == Names{"bad-version", "failed"});
  CHECK(line("GET / http/1.1") == Names{"bad-version", "failed"});
  CHECK(line("GET /") == Names{"bad-version", "failed"});
  CHECK(line("GET  / HTTP/1.1") == Names{"request-line-space"});
  CHECK(line("GET /\tHTTP/1.1") == Names{"request-line-space"});
  CHECK(line("GET / HTTP/1.1 ") == Names{"request-line-space"});
  CHECK(line("GET /a b HTTP/1.1") == Names{"space-in-target"});
  CHECK(line("GET /\x01 HTTP/1.1") == Names{"control-in-target", "control-in-value"});
  CHECK(line("GET /\xe4 HTTP/1.1") == Names{"non-ascii-target", "obs-text"});
  CHECK(line("GET a HTTP/1.1") == Names{"bad-target"});
  CHECK(line("GET * HTTP/1.1") == Names{"bad-target"});
  CHECK(line("GET /#f HTTP/1.1") == Names{"bad-target"});
  CHECK(line("CONNECT / HTTP/1.1") == Names{"bad-target"});
  CHECK(line("connect a:1 HTTP/1.1") ==
        Names{"bad-target", "lower-case-method", "ambiguous-method"});
  CHECK(line("G(T / HTTP/1.1") == Names{"failed"});
}

TEST_CASE("a request line is three words") {
  OddityLog log;
  const auto line = mitm::wire::parse_request_line("PUT /a HTTP/1.0", log);
  REQUIRE(line);
  CHECK(line->method == "PUT");
  CHECK(line->target == "/a");
  CHECK(line->version == "HTTP/1.0");
  CHECK_FALSE(log.take());
}

TEST_CASE("a reason may hold spaces or be empty") {
  OddityLog log;
  const auto line = mitm::wire::parse_status_line("HTTP/1.1 404 Not  Found", log);
  REQUIRE(line);
  CHECK(line->status == 404);
  CHECK(line->reason == "Not  Found");
  CHECK(mitm::wire::parse_status_line("HTTP/1.1 999 ", log)->reason.empty());
  CHECK_FALSE(log.take());
}

TEST_CASE("status codes are three digits, the first not zero") {
  OddityLog log;
  for (const auto* bad : {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2x0 OK",
                          "HTTP/1.1 099 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 -20 OK"}) {
    CHECK_FALSE(mitm::wire::parse_status_line(bad, log));
  }
}

TEST_CASE("the beginning of a line shows what cannot become a message") {
  using mitm::wire::can_begin_message;
  using mitm::wire::Role;
  CHECK(can_begin_message(Role::kRequest, "GE"));
  CHECK(can_begin_message(Role::kRequest, std::string(64, 'A')));
  CHECK_FALSE(can_begin_message(Role::kRequest, std::string(65, 'A')));
  CHECK_FALSE(can_begin_message(Role::kRequest, "\x16\x03"));
  CHECK_FALSE(can_begin_message(Role::kRequest, " GET"));
  CHECK(can_begin_message(Role::kResponse, "HT"));
  CHECK(can_begin_message(Role::kResponse, "HTTP/3"));
  CHECK_FALSE(can_begin_message(Role::kResponse, "HTTX"));
}
