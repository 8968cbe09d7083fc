#include <catch2/catch.hpp>
#include <random>

#include "tests/support/http1_events.h"

using Lines = std::vector<std::string>;
using mitm::test::http1_events_every_way;
using mitm::test::Http1Run;
using mitm::wire::Http1Decoder;

TEST_CASE("a request without a body") {
  CHECK(http1_events_every_way("GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n") ==
        Lines{"request GET /a?b HTTP/1.1 none keep-alive Host=x Accept=*/*", "end"});
}

TEST_CASE("pipelined requests with bodies of every framing") {
  CHECK(http1_events_every_way("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                               "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
                               "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n") ==
        Lines{"request POST /1 HTTP/1.1 length 5 keep-alive Host=x Content-Length=5", "body hello",
              "end", "request POST /2 HTTP/1.1 chunked keep-alive Host=x Transfer-Encoding=chunked",
              "body abc0123456789", "end", "request GET /3 HTTP/1.1 none keep-alive Host=x",
              "end"});
}

TEST_CASE("trailers and chunk extensions") {
  CHECK(http1_events_every_way("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n") ==
        Lines{"request POST / HTTP/1.1 chunked keep-alive Host=x Transfer-Encoding=chunked",
              "oddity chunk-extension", "body abc", "trailers X-Sum: 1\r\nY: 2\r\n", "end"});
}

TEST_CASE("methods that nobody knows, in any case") {
  CHECK(http1_events_every_way(
            "QUERY /q HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nq"
            "FOO / HTTP/1.1\r\nHost: x\r\n\r\nget / HTTP/1.1\r\nHost: x\r\n\r\n") ==
        Lines{"request QUERY /q HTTP/1.1 length 1 keep-alive Host=x Content-Length=1", "body q",
              "end", "request FOO / HTTP/1.1 none keep-alive Host=x", "end",
              "oddity lower-case-method", "request get / HTTP/1.1 none keep-alive Host=x", "end"});
}

TEST_CASE("Expect: 100-continue is told") {
  const auto lines = http1_events_every_way(
      "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n");
  CHECK(lines == Lines{"request PUT / HTTP/1.1 length 1 keep-alive Host=x Expect=100-Continue "
                       "Content-Length=1"});
}

TEST_CASE("HTTP/1.0 ends after one request unless keep-alive is asked for") {
  CHECK(http1_events_every_way("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                               "GET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n") ==
        Lines{"request GET /1 HTTP/1.0 none keep-alive Connection=keep-alive", "end",
              "request GET /2 HTTP/1.0 none", "end", "oddity! bytes-after-final-message",
              "unparsed GET /3 HTTP/1.0\r\n\r\n"});
}

TEST_CASE("bytes after Connection: close are not requests, but a blank line is nothing odd") {
  CHECK(http1_events_every_way("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\r\nmore") ==
        Lines{"request GET / HTTP/1.1 none Host=x Connection=close", "end", "unparsed \r\n",
              "oddity! bytes-after-final-message", "unparsed more"});
}

TEST_CASE("a CONNECT pauses, and what follows is the tunnel's when it was granted") {
  constexpr auto kInput = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03\x01tls";
  const std::string head = "request CONNECT a:443 HTTP/1.1 none keep-alive Host=a:443";
  CHECK(http1_events_every_way(kInput) == Lines{head, "end", "paused"});
  const Lines switched{head, "end", "paused", "unparsed \x16\x03\x01tls"};
  CHECK(http1_events_every_way(kInput, {.switched = true, .eof_clean = true}) == switched);
  CHECK(http1_events_every_way(
            kInput, {.switched = true, .resume_late = true, .eof_clean = true}) == switched);
}

TEST_CASE("after a refused CONNECT requests go on") {
  const Lines expected{"request CONNECT a:443 HTTP/1.1 none keep-alive Host=a:443", "end", "paused",
                       "request GET / HTTP/1.1 none keep-alive Host=x", "end"};
  constexpr auto kInput =
      "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
  CHECK(http1_events_every_way(kInput, {.switched = false, .eof_clean = true}) == expected);
  CHECK(http1_events_every_way(
            kInput, {.switched = false, .resume_late = true, .eof_clean = true}) == expected);
}

TEST_CASE("an Upgrade pauses after the request's body") {
  CHECK(http1_events_every_way(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            "Upgrade: h2c\r\nContent-Length: 2\r\n\r\nokGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
            {.switched = false, .resume_late = true}) ==
        Lines{"request POST / HTTP/1.1 length 2 keep-alive upgrade Host=x Connection=Upgrade, "
              "HTTP2-Settings "
              "Upgrade=h2c Content-Length=2",
              "body ok", "end", "paused", "request GET /2 HTTP/1.1 none keep-alive Host=x", "end"});
}

TEST_CASE("Upgrade without Connection: upgrade is a field like others") {
  CHECK(http1_events_every_way("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n") ==
        Lines{"request GET / HTTP/1.1 none keep-alive Host=x Upgrade=h2c", "end"});
}

TEST_CASE("bytes beyond the limit are handed out although the question is open") {
  Http1Run run;
  run.limits.max_held = 10;
  run.eof_clean = true;
  const auto lines =
      http1_events_every_way("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n0123456789ab", run);
  CHECK(lines == Lines{"request CONNECT a:443 HTTP/1.1 none keep-alive Host=a:443", "end", "paused",
                       "oddity held-bytes-overflow", "unparsed 0123456789ab"});
}

TEST_CASE("a message that is cut short") {
  const Http1Run run{.eof_clean = true};
  CHECK(http1_events_every_way("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", run) ==
        Lines{"request POST / HTTP/1.1 length 5 keep-alive Host=x Content-Length=5", "body ab",
              "end incomplete"});
  CHECK(
      http1_events_every_way(
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x", run) ==
      Lines{"request POST / HTTP/1.1 chunked keep-alive Host=x Transfer-Encoding=chunked",
            "body abc", "end incomplete after 5;x"});
  CHECK(http1_events_every_way("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n0\r\nX-Sum: 1\r\nX",
                               run)
            .back() == "end incomplete after X-Sum: 1\r\nX");
  CHECK(http1_events_every_way("GET / HTTP/1.1\r\nHo", run) ==
        Lines{"failed the connection ended within a head", "unparsed GET / HTTP/1.1\r\nHo"});
  CHECK(http1_events_every_way("\r\n\r\n", run) == Lines{"unparsed \r\n\r\n"});
  CHECK(http1_events_every_way("", run).empty());
}

TEST_CASE("heads and lines beyond the limits are given up") {
  Http1Run run;
  run.limits.max_head = 64;
  run.limits.max_chunk_line = 8;
  run.eof_clean = true;
  const std::string fits =
      "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(64 - 32, 'a') + "\r\n\r\n";
  REQUIRE(fits.size() == 64);
  CHECK(http1_events_every_way(fits, run).back() == "end");
  const std::string large = "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(100, 'a') + "\r\n\r\n";
  CHECK(http1_events_every_way(large, run) ==
        Lines{"oddity! head-too-large", "failed a head exceeds 64 octets", "unparsed " + large});
  const auto lines = http1_events_every_way(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;abcdefgh\r\n", run);
  CHECK(lines ==
        Lines{"request POST / HTTP/1.1 chunked keep-alive Host=x Transfer-Encoding=chunked",
              "oddity! unusual-chunk-size", "failed a chunk's size and extensions exceed the limit",
              "unparsed 1;abcdefgh\r\n"});
  const auto trailers = http1_events_every_way(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
          std::string(64, 'x') + "\r\n\r\n",
      run);
  CHECK(trailers.at(2) == "failed a trailer section exceeds the limit");
}

TEST_CASE("what cannot become HTTP is given up before a line feed comes") {
  Http1Decoder decoder(mitm::wire::Role::kRequest);
  decoder.feed("\x16\x03\x01");
  CHECK(std::holds_alternative<mitm::wire::Failed>(decoder.next()));
  CHECK(std::get<mitm::wire::Unparsed>(decoder.next()).wire == "\x16\x03\x01");
  CHECK(http1_events_every_way("SSH-2.0-OpenSSH_9\r\n") ==
        Lines{"oddity! bad-version", "failed a request line without a target or a version",
              "unparsed SSH-2.0-OpenSSH_9\r\n"});
}

TEST_CASE("views stay valid until the next feed, also of a head that came in pieces") {
  Http1Decoder decoder(mitm::wire::Role::kRequest);
  decoder.feed("GET /one HTTP/1.1\r\nHo");
  REQUIRE(std::holds_alternative<mitm::wire::NeedData>(decoder.next()));
  const std::string rest = "st: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\nGET /three";
  decoder.feed(rest);
  const auto one = std::get<mitm::wire::RequestHead>(decoder.next());
  decoder.next();
  const auto two = std::get<mitm::wire::RequestHead>(decoder.next());
  decoder.next();
  REQUIRE(std::holds_alternative<mitm::wire::NeedData>(decoder.next()));
  CHECK(one.target == "/one");
  CHECK(two.target == "/two");
  CHECK(two.raw.data() >= rest.data());
  CHECK(two.raw.data() < rest.data() + rest.size());
}

TEST_CASE("a body is handed out where it lies, with its end found without looking at it") {
  Http1Decoder decoder(mitm::wire::Role::kRequest);
  decoder.feed("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n");
  CHECK(std::get<mitm::wire::RequestHead>(decoder.next()).length == 10'000'000'000);
  const std::string block(65536, 'b');
  for (int i = 0; i < 3; ++i) {
    decoder.feed(block);
    const auto body = std::get<mitm::wire::BodyData>(decoder.next());
    CHECK(body.data.data() == block.data());
    CHECK(body.data.size() == block.size());
    CHECK(std::holds_alternative<mitm::wire::NeedData>(decoder.next()));
  }
}

TEST_CASE("damaged messages lose no byte and read the same however they are cut") {
  const std::string requests =
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n"
      "Connection: keep-alive\r\n\r\nPUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nrest";
  const std::string responses =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
      "HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nno\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nrest";
  const Http1Run request_run{.switched = true, .eof_clean = true};
  const Http1Run response_run{
      .role = mitm::wire::Role::kResponse,
      .requests = std::vector<mitm::wire::ResponseContext>(4, {.method = "GET"}),
      .eof_clean = true};
  constexpr std::string_view kTricky = "\r\n\t :;,0aZ\x01\xff";
  std::mt19937 random(17);
  for (int i = 0; i < 400; ++i) {
    const bool request = i % 2 == 0;
    std::string input = request ? requests : responses;
    for (auto edits = random() % 3 + 1; edits > 0; --edits) {
      const std::size_t at = random() % input.size();
      const char c = kTricky[random() % kTricky.size()];
      if (random() % 3 == 0) {
        input.erase(at, 1);
      } else if (random() % 2 == 0) {
        input.insert(at, 1, c);
      } else {
        input[at] = c;
      }
    }
    INFO(input);
    http1_events_every_way(input, request ? request_run : response_run);
  }
}
