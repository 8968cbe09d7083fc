#include "lib/wire/request_rewrite.h"

#include <catch2/catch.hpp>
#include <string>
#include <variant>

namespace mitm::wire {
namespace {

using Lines = RequestRewrite::Lines;

Bytes rewritten(const Bytes& raw, const RequestRewrite& rewrite) {
  Http1Decoder decoder(Role::kRequest);
  decoder.feed(raw);
  while (true) {
    const auto event = decoder.next();
    if (const auto* head = std::get_if<RequestHead>(&event)) return rewrite_request(*head, rewrite);
    REQUIRE(std::holds_alternative<Oddity>(event));
  }
}

/// Whichever way the lines are written.
Bytes rewritten_alike(const Bytes& raw, RequestRewrite rewrite) {
  rewrite.lines = Lines::kAsReceived;
  const Bytes received = rewritten(raw, rewrite);
  rewrite.lines = Lines::kAnew;
  CHECK(rewritten(raw, rewrite) == received);
  return received;
}

TEST_CASE("origin-form is the path and the query, and of OPTIONS for a whole server a star") {
  const auto form = [](ByteView method, ByteView url) {
    return origin_form(method, parse_absolute_form(url).value());
  };
  CHECK(form("GET", "http://a/b?c") == "/b?c");
  CHECK(form("GET", "http://a") == "/");
  CHECK(form("GET", "http://a?c") == "/?c");
  CHECK(form("OPTIONS", "http://a") == "*");
  CHECK(form("OPTIONS", "http://a/") == "/");
  CHECK(form("OPTIONS", "http://a?c") == "/?c");
  CHECK(form("options", "http://a") == "/");
}

TEST_CASE("what is not changed stays byte for byte") {
  for (const Bytes raw :
       {"GET /a?b HTTP/1.1\r\nhOST:  a \r\nX:\ty \r\nx:z\r\nEmpty:\r\nEmpty: \r\n\r\n",
        "GET  / HTTP/1.1 \nHost: a\nX: y\n\n", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
        "GET / HTTP/1.1\r\n X: y\r\nHost: a\r\nno colon\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n"}) {
    CAPTURE(raw);
    CHECK(rewritten(raw, {.lines = Lines::kAsReceived}) == raw);
  }
}

TEST_CASE("lines written anew keep name, value and what is between them") {
  CHECK(rewritten("GET  /  HTTP/1.1 \nHost: a\r\nx-B:  two  spaces \r\nX:y\nEmpty:\r\n\n",
                  {.lines = Lines::kAnew}) ==
        "GET / HTTP/1.1\r\nHost: a\r\nx-B:  two  spaces\r\nX:y\r\nEmpty:\r\n\r\n");
}

TEST_CASE("the target is replaced and nothing that looks like it") {
  CHECK(rewritten_alike("GET http://a/ HTTP/1.1\r\nReferer: http://a/\r\nHost: a\r\n\r\n",
                        {.target = "/", .host = "a"}) ==
        "GET / HTTP/1.1\r\nReferer: http://a/\r\nHost: a\r\n\r\n");
}

TEST_CASE("Host is written once, where it was and in its case") {
  CHECK(rewritten_alike("GET / HTTP/1.1\r\nA: 1\r\nhOST:  a\r\nB: 2\r\nHost: b\r\nC: 3\r\n\r\n",
                        {.host = "c:81"}) ==
        "GET / HTTP/1.1\r\nA: 1\r\nhOST: c:81\r\nB: 2\r\nC: 3\r\n\r\n");
  const Bytes two = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
  CHECK(rewritten_alike(two, {}) == two);
}

TEST_CASE("a Host that is missing is added where HTTP/1.1 or a new target asks for it") {
  CHECK(rewritten_alike("GET / HTTP/1.1\r\nA: 1\r\n\r\n", {.host = "b"}) ==
        "GET / HTTP/1.1\r\nA: 1\r\nHost: b\r\n\r\n");
  CHECK(rewritten_alike("GET / HTTP/1.0\r\n\r\n", {.host = "b"}) == "GET / HTTP/1.0\r\n\r\n");
  CHECK(rewritten_alike("GET http://a/ HTTP/1.0\r\n\r\n", {.target = "/", .host = "a"}) ==
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  CHECK(rewritten_alike("GET http://a/ HTTP/1.1\r\n\r\n", {.target = "/"}) ==
        "GET / HTTP/1.1\r\n\r\n");
}

TEST_CASE("fields for a proxy alone go, whatever their case") {
  CHECK(rewritten_alike("GET / HTTP/1.1\r\nproxy-CONNECTION: keep-alive\r\nHost: a\r\n"
                        "Proxy-Authorization: Basic eDp5\r\nProxy-Other: stays\r\n\r\n",
                        {}) == "GET / HTTP/1.1\r\nHost: a\r\nProxy-Other: stays\r\n\r\n");
}

TEST_CASE("a field goes with all of its lines") {
  CHECK(rewritten("GET / HTTP/1.1\r\nProxy-Authorization: Basic\r\n eDp5\r\nHost: a\r\n b\r\n\r\n",
                  {.host = "c", .lines = Lines::kAsReceived}) ==
        "GET / HTTP/1.1\r\nHost: c\r\n\r\n");
}

}  // namespace
}  // namespace mitm::wire
