#include "lib/proxy/opening.h"

#include <catch2/catch.hpp>

#include "tests/support/cuts.h"

namespace mitm::proxy {
namespace {

/// The decision, the same however the bytes are cut; NeedsMore when there is none.
OpeningDecision decide(const std::string& bytes) {
  OpeningDecision first = OpeningNeedsMore{};
  bool have_first = false;
  for (const auto& pieces : test::cuttings(bytes)) {
    const Credentials nobody;
    ExplicitOpening opening(nobody, {});
    OpeningDecision decision = OpeningNeedsMore{};
    for (const auto& piece : pieces) {
      decision = opening.feed(piece);
      if (!std::holds_alternative<OpeningNeedsMore>(decision)) break;
    }
    if (!have_first) first = decision;
    have_first = true;
    REQUIRE(decision.index() == first.index());
    if (const auto* tunnel = std::get_if<OpenTunnel>(&decision)) {
      CHECK(tunnel->target == std::get<OpenTunnel>(first).target);
      CHECK(tunnel->length == std::get<OpenTunnel>(first).length);
    }
  }
  return first;
}

std::string refusal(const std::string& bytes) {
  const auto decision = decide(bytes);
  REQUIRE(std::holds_alternative<RefuseOpening>(decision));
  const auto& page = std::get<RefuseOpening>(decision).page;
  CHECK(page.status == 400);
  return page.message;
}

TEST_CASE("CONNECT opens a tunnel and uses exactly its own bytes") {
  struct Row {
    const char* authority;
    flow::Target target;
  };
  for (const auto& row :
       {Row{"a.example:443", {"a.example", 443}}, Row{"A.Example:1", {"a.example", 1}},
        Row{"192.0.2.1:65535", {"192.0.2.1", 65535}},
        Row{"[2001:db8::1]:80", {"2001:db8::1", 80}}}) {
    CAPTURE(row.authority);
    const std::string head =
        std::string("CONNECT ") + row.authority + " HTTP/1.1\r\nHost: x\r\n\r\n";
    const auto decision = decide(head + "\x16\x03\x01 what follows");
    REQUIRE(std::holds_alternative<OpenTunnel>(decision));
    CHECK(std::get<OpenTunnel>(decision).target == row.target);
    CHECK(std::get<OpenTunnel>(decision).length == head.size());
  }
}

TEST_CASE("CONNECT of HTTP/1.0 needs no Host") {
  CHECK(std::holds_alternative<OpenTunnel>(decide("CONNECT a:1 HTTP/1.0\r\n\r\n")));
}

TEST_CASE("blank lines before CONNECT belong to what it uses") {
  const std::string head = "\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
  const auto decision = decide(head + "rest");
  REQUIRE(std::holds_alternative<OpenTunnel>(decision));
  CHECK(std::get<OpenTunnel>(decision).length == head.size());
}

TEST_CASE("until the head is whole nothing is decided") {
  const std::string head = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r";
  CHECK(std::holds_alternative<OpeningNeedsMore>(decide(head)));
  CHECK(std::holds_alternative<OpenTunnel>(decide(head + "\n")));
}

TEST_CASE("absolute-form begins forwarding") {
  CHECK(
      std::holds_alternative<ForwardRequests>(decide("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n")));
  CHECK(std::holds_alternative<ForwardRequests>(
      decide("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n")));
}

TEST_CASE("a target without a host is refused, with a word on how to use a proxy") {
  CHECK(refusal("GET / HTTP/1.1\r\nHost: a\r\n\r\n").find("not a web server") != std::string::npos);
  CHECK(refusal("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").find("not a web server") !=
        std::string::npos);
}

TEST_CASE("CONNECT to nowhere, or with a body, is refused") {
  for (const char* target : {"a", "a:", "a:0", "a:65536", "a:80x", "user@a:80", "[::1:80", ":80"}) {
    CAPTURE(target);
    refusal(std::string("CONNECT ") + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  refusal("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\nabc");
}

TEST_CASE("what is not HTTP/1 is refused") {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01", 6), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}) {
    refusal(bytes + "\r\n\r\n");
  }
}

TEST_CASE("what begins as SOCKS does is that") {
  for (const std::string& bytes : {std::string("\x05\x01\x00", 3), std::string("\x04")})
    CHECK(std::holds_alternative<OpenSocks>(decide(bytes)));
}

TEST_CASE("an ambiguous CONNECT is refused before anybody else sees it") {
  CHECK(refusal("CONNECT a:1 HTTP/1.1\r\nHost : a:1\r\n\r\n")
            .starts_with("the request is ambiguous: space-before-colon"));
}

TEST_CASE(
    "an ambiguous request with a URL is for the one who forwards, and so refuses and records") {
  for (const std::string bytes : {"GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                                  "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n",
                                  "GET http://a/ HTTP/1.1\nHost: a\n\n"}) {
    CHECK(std::holds_alternative<ForwardRequests>(decide(bytes)));
  }
}

}  // namespace
}  // namespace mitm::proxy
