#include "lib/wire/basic_auth.h"

#include <catch2/catch.hpp>

#include "tests/support/cuts.h"

namespace mitm::wire {
namespace {

/// However the text is cut.
std::string masked(const std::string& text) {
  std::string first;
  for (const auto& pieces : test::cuttings(text)) {
    LoginMask mask;
    std::string all;
    for (Bytes piece : pieces) {
      mask.apply(piece);
      all += piece;
    }
    if (first.empty()) first = all;
    CHECK(all == first);
  }
  return first;
}

TEST_CASE("a login of Basic is a user, a colon and a password") {
  CHECK(parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == BasicLogin{"Aladdin", "open sesame"});
  CHECK(parse_basic("basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ") == BasicLogin{"Aladdin", "open sesame"});
  CHECK(parse_basic("Basic Og==") == BasicLogin{"", ""});
  CHECK(parse_basic("Basic YTpiOmM=") == BasicLogin{"a", "b:c"});
}

TEST_CASE("what is no login of Basic is none") {
  for (const auto* value : {"", "Basic", "Basic ", "Bearer YTpi", "Basic YTpi!",
                            "Basic YQ==", "Basic YTpiY", "BasicYTpi", "Basic YT pi"})
    CHECK_FALSE(parse_basic(value));
}

TEST_CASE("the login for a proxy is masked, and nothing else") {
  CHECK(
      masked(
          "GET / HTTP/1.1\r\nHost: a\r\nproxy-authorization: Basic abc\r\nX: Basic abc\r\n\r\n") ==
      "GET / HTTP/1.1\r\nHost: a\r\nproxy-authorization: ***** ***\r\nX: Basic abc\r\n\r\n");
  CHECK(masked("Proxy-Authorization:x\nAuthorization: x\n") ==
        "Proxy-Authorization:*\nAuthorization: x\n");
  CHECK(masked("X-Proxy-Authorization: x\r\nProxy-Authorizatio: x\r\n") ==
        "X-Proxy-Authorization: x\r\nProxy-Authorizatio: x\r\n");
}

TEST_CASE("a login in a malformed line is masked as well") {
  CHECK(masked("Proxy-Authorization : a\r\nA: b\r\n Proxy-Authorization: c\r\n") ==
        "Proxy-Authorization : *\r\nA: b\r\n Proxy-Authorization: *\r\n");
  CHECK(masked("Proxy-Authorization Basic abc\r\nA: b") == "Proxy-Authorization ***** ***\r\nA: b");
  CHECK(masked("Proxy-Authorization-Info: a\r\n") == "Proxy-Authorization-Info: a\r\n");
  CHECK(masked("Host: x\rProxy-Authorization: a\r\n") == "Host: x\rProxy-Authorization: *\r\n");
  using namespace std::string_literals;
  CHECK(masked("a: b\n\0Proxy-Authorization: c\n"s) == "a: b\n\0Proxy-Authorization: *\n"s);
}

TEST_CASE("a folded login is masked to its end") {
  CHECK(masked("Proxy-Authorization: Basic\r\n abc\r\n\tdef\r\nA: b\r\n") ==
        "Proxy-Authorization: *****\r\n ***\r\n\t***\r\nA: b\r\n");
  CHECK(masked("Proxy-Authorization: a\r\nProxy-Authorization: b\r\n") ==
        "Proxy-Authorization: *\r\nProxy-Authorization: *\r\n");
}

TEST_CASE("what an oddity quotes shows no login") {
  CHECK(detail_without_login("nul", "Proxy-Authorization: Basic YTpi\\x00").empty());
  CHECK(detail_without_login("control-in-value", "\\x0bBASIC YTpi").empty());
  CHECK(detail_without_login("obs-fold", " YTpi").empty());
  CHECK(detail_without_login("field-without-colon", "YTpi").empty());
  CHECK(detail_without_login("nul", "X: a\\x00") == "X: a\\x00");
}

}  // namespace
}  // namespace mitm::wire
