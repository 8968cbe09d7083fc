#include "lib/filter/tilde.h"

#include <catch2/catch.hpp>

#include "lib/filter/filter.h"
#include "tests/filter/flows.h"

using namespace mitm;
using namespace mitm::filter;

namespace {

bool matches(std::string_view text, const flow::Flow& flow) {
  INFO(text);
  auto filter = Filter::parse(text);
  if (!filter) FAIL(filter.error().message);
  return filter->matches(flow);
}

}  // namespace

TEST_CASE("mitmproxy's operators mean what they mean there") {
  const flow::Flow flow = https_flow();
  for (const char* text : {"~all",
                           "~http",
                           "~s",
                           "!~q",
                           "!~e",
                           "~d example",
                           "~d ^www.example.com$",
                           "~d EXAMPLE",
                           "~u /api/",
                           "~u ^https://www",
                           "items",
                           "'/api/v1'",
                           "~m post",
                           "~m ^PO|GET",
                           "~c 404",
                           "~c 4xx",
                           "~h 'x-id: two'",
                           "~h ^host:",
                           "~h json$",
                           "~hq x-id",
                           "~hs 'charset=utf-8$'",
                           "~t html",
                           "~t json",
                           "~tq json",
                           "~ts ^text/html",
                           "~src 127.0.0.1:40000",
                           "~src :40",
                           "~dst www.example.com:8443",
                           "!~a",
                           "!~tcp",
                           "!~udp",
                           "!~websocket",
                           "!~dns",
                           "(~s)"}) {
    INFO(text);
    CHECK(matches(text, flow));
  }
  for (const char* text : {"~hq charset", "~hs x-id", "~tq html", "~ts json", "~c 200",
                           "~d ^example", "~m ^OST", "~u nowhere", "~dst 192.0.2.7", "~hq POST"})
    CHECK_FALSE(matches(text, flow));
}

TEST_CASE("raw connections are not searched for URLs and hosts of HTTP") {
  const flow::Flow flow = tcp_flow();
  for (const char* text : {"~tcp", "~e", "~all", "~dst mail.test:25", "!~q", "!~s", "!~http"})
    CHECK(matches(text, flow));
  for (const char* text : {"~d mail", "~u mail", "mail", "~u ''", "~h .", "~m ."})
    CHECK_FALSE(matches(text, flow));
}

TEST_CASE("an exchange without an answer is asked for by ~q, assets by ~a") {
  flow::Flow flow = https_flow();
  flow.response->raw = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n";
  CHECK(matches("~a", flow));
  flow.response.reset();
  CHECK(matches("~q", flow));
  CHECK_FALSE(matches("~s", flow));
  CHECK_FALSE(matches("~a", flow));
}
