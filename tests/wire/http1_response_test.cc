#include <catch2/catch.hpp>

#include "tests/support/http1_events.h"

using Lines = std::vector<std::string>;
using mitm::test::Http1Run;
using mitm::wire::ResponseContext;
using mitm::wire::Role;

namespace {

Lines responses(std::string_view input, std::vector<ResponseContext> requests,
                std::optional<bool> eof_clean = std::nullopt) {
  return mitm::test::http1_events_every_way(
      input, {.role = Role::kResponse, .requests = std::move(requests), .eof_clean = eof_clean});
}

const ResponseContext kGet{.method = "GET"};
const ResponseContext kHead{.method = "HEAD"};
const ResponseContext kConnect{.method = "CONNECT"};
const ResponseContext kUpgrade{.method = "GET", .upgrade_asked = true};

}  // namespace

TEST_CASE("responses of every framing on one connection") {
  CHECK(responses("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                  "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
                  "HTTP/1.1 200 OK\r\n\r\nuntil the end",
                  {kGet, kGet, kGet},
                  true) == Lines{"response 200 OK length 2 keep-alive", "body ok", "end",
                                 "response 404 Not Found chunked keep-alive", "body no", "end",
                                 "response 200 OK until-close", "body until the end", "end"});
}

TEST_CASE("answers to HEAD, 204 and 304 have no body whatever they announce") {
  CHECK(responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
                  "HTTP/1.1 204 No Content\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                  {kHead, kHead, kGet, kGet, kGet}) ==
        Lines{"response 200 OK none keep-alive", "end", "response 200 OK none keep-alive", "end",
              "response 304 Not Modified none keep-alive", "end",
              "response 204 No Content none keep-alive", "end",
              "response 200 OK length 1 keep-alive", "body x", "end"});
}

TEST_CASE("a 204 that announces a body is reported") {
  CHECK(responses("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {kGet}) ==
        Lines{"oddity! forbidden-body", "response 204 No Content none keep-alive", "end"});
}

TEST_CASE("a length that is not a number does not matter where there is no body") {
  CHECK(responses("HTTP/1.1 304 Not Modified\r\nContent-Length: \r\n\r\n", {kGet}) ==
        Lines{"oddity! bad-content-length", "response 304 Not Modified none keep-alive", "end"});
}

TEST_CASE("interim responses come before the one that counts") {
  CHECK(responses("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
                  {kGet, kGet}) == Lines{"response 100 Continue none keep-alive",
                                         "response 103 Early Hints none keep-alive",
                                         "response 200 OK none keep-alive", "end",
                                         "response 204 No Content none keep-alive", "end"});
}

TEST_CASE("101 ends HTTP") {
  constexpr auto kInput =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: "
      "websocket\r\n\r\n\x81\x05hello";
  CHECK(responses(kInput, {kUpgrade}) ==
        Lines{"response 101 Switching Protocols none keep-alive", "end", "unparsed \x81\x05hello"});
  CHECK(responses(kInput, {kGet}).front() == "oddity! unasked-switch");
}

TEST_CASE("an upgrade to h2c that the server did not take changes nothing") {
  CHECK(responses(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nok"
            "HTTP/1.1 204 No Content\r\n\r\n",
            {kUpgrade, kGet}) == Lines{"response 200 OK length 2 keep-alive", "body ok", "end",
                                       "response 204 No Content none keep-alive", "end"});
}

TEST_CASE("success to CONNECT ends HTTP, failure does not") {
  CHECK(responses(
            "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 Connected\r\n\r\ntunnel",
            {kConnect, kConnect}) == Lines{"response 407 No length 2 keep-alive", "body no", "end",
                                           "response 200 Connected none keep-alive", "end",
                                           "unparsed tunnel"});
  CHECK(
      responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntunnel", {kConnect}) ==
      Lines{"oddity! forbidden-body", "response 200 OK none keep-alive", "end", "unparsed tunnel"});
}

TEST_CASE("bytes after Connection: close are not a response") {
  CHECK(responses("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 "
                  "OK\r\n\r\n",
                  {kGet, kGet}) == Lines{"response 200 OK length 2", "body ok", "end",
                                         "oddity! bytes-after-final-message",
                                         "unparsed HTTP/1.1 200 OK\r\n\r\n"});
}

TEST_CASE("HTTP/1.0 keep-alive") {
  CHECK(responses("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na"
                  "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb",
                  {kGet, kGet}) == Lines{"response 200 OK length 1 keep-alive", "body a", "end",
                                         "response 200 OK length 1", "body b", "end"});
}

TEST_CASE("a body that lasts until the close is complete only when the close was clean") {
  CHECK(responses("HTTP/1.1 200 OK\r\n\r\nab", {kGet}, true).back() == "end");
  CHECK(responses("HTTP/1.1 200 OK\r\n\r\nab", {kGet}, false).back() == "end incomplete");
  CHECK(
      responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", {kGet}, true) ==
      Lines{"oddity! unusual-transfer-encoding", "response 200 OK until-close", "body ab", "end"});
}

TEST_CASE("a response that nobody asked for is not decoded") {
  CHECK(responses("HTTP/1.1 408 Request Timeout\r\n\r\n", {}) ==
        Lines{"oddity! unsolicited-response", "unparsed HTTP/1.1 408 Request Timeout\r\n\r\n"});
}

TEST_CASE("blank lines between responses are skipped, reported and not lost") {
  CHECK(responses("HTTP/1.1 204 No Content\r\n\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n",
                  {kGet, kGet}) == Lines{"response 204 No Content none keep-alive", "end",
                                         "oddity! blank-line-before-response",
                                         "response 204 No Content none keep-alive", "end"});
}

TEST_CASE("blank lines do not use up a response that is expected later") {
  mitm::wire::Http1Decoder decoder(Role::kResponse);
  decoder.feed("\r\n");
  REQUIRE(std::holds_alternative<mitm::wire::NeedData>(decoder.next()));
  decoder.expect(kGet);
  decoder.feed("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(std::holds_alternative<mitm::wire::Oddity>(decoder.next()));
  const auto head = std::get<mitm::wire::ResponseHead>(decoder.next());
  CHECK(head.wire == "\r\nHTTP/1.1 204 No Content\r\n\r\n");
  CHECK(head.raw == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("the queue of expected responses is bounded") {
  Http1Run run{.role = Role::kResponse, .requests = std::vector<ResponseContext>(3, kGet)};
  run.limits.max_outstanding = 2;
  CHECK(mitm::test::http1_events_every_way("HTTP/1.1 204 No Content\r\n\r\n", run) ==
        Lines{"failed more than 2 requests wait for a response",
              "unparsed HTTP/1.1 204 No Content\r\n\r\n"});
}

TEST_CASE("status lines that are not quite right") {
  CHECK(responses("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", {kGet}).front() ==
        "oddity short-status-line");
  CHECK(responses("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", {kGet}).front() ==
        "response 200  none keep-alive");
  CHECK(responses("HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", {kGet}).front() ==
        "oddity! unusual-status-line");
  CHECK(responses("HTTP/1.1 2000 OK\r\n\r\n", {kGet}).front() == "failed not a status code: 2000");
  CHECK(responses("ICY 200 OK\r\n\r\n", {kGet}).front() == "failed not an HTTP/1 message");
  CHECK(responses("HTTP/2.0 200 OK\r\n\r\n", {kGet}).at(1) ==
        "failed not a version of HTTP/1: HTTP/2.0");
}
