#include "lib/filter/words.h"

#include <catch2/catch.hpp>

#include "lib/filter/filter.h"
#include "tests/filter/flows.h"

using namespace mitm;
using namespace mitm::filter;

namespace {

/// Also that a summary does not say otherwise.
bool matches(std::string_view text, const flow::Flow& flow) {
  INFO(text);
  auto filter = Filter::parse(text);
  if (!filter) FAIL(filter.error().message);
  const bool holds = filter->matches(flow);
  const Truth by_summary = filter->decide(summary_of(flow), Known::kSummary);
  CHECK((by_summary == Truth::kUnknown || by_summary == truth(holds)));
  return holds;
}

}  // namespace

TEST_CASE("words say what flows are like") {
  const flow::Flow flow = https_flow();
  for (const char* text : {"http",
                           "https",
                           "tls",
                           "complete",
                           "not passed",
                           "kind http",
                           "mode explicit",
                           "host www.example.com",
                           "host WWW.Example.com.",
                           "host *.example.com",
                           "host 127.0.0.1",
                           "host 192.0.2.0/24",
                           "net 192.0.2.0/24",
                           "dst 192.0.2.7",
                           "dst host www.example.com",
                           "src 127.0.0.0/8",
                           "src net 127.0.0.0/8",
                           "host www.example.com:8443",
                           "port 8443",
                           "port 40000",
                           "dst port 8443",
                           "src port 40000",
                           "portrange 8000-9000",
                           "port >= 40000",
                           "method POST",
                           "method post",
                           "method = POST",
                           "method != GET",
                           "method =~ ^P",
                           "status 404",
                           "status 4xx",
                           "status 400-499",
                           "status>=400",
                           "status!=200",
                           "status<500",
                           "url https://www.example.com:8443/api/*",
                           "url =~ tag=",
                           "path /api/v1/items",
                           "path /api/*",
                           "path =~ items$",
                           "query",
                           "query contains TAG=",
                           "query *x=1",
                           "version HTTP/1.1",
                           "request version HTTP/1.1",
                           "response version HTTP/1.0",
                           "header x-id",
                           "header X-ID: = two",
                           "header x-id one",
                           "request header x-id",
                           "header content-type contains html",
                           "header x-id != three",
                           "header x-id !~ ^th",
                           "type text/html*",
                           "request type application/json",
                           "response type contains charset",
                           "size 72000",
                           "request size < 2k",
                           "request size 2000",
                           "response size > 64k",
                           "duration > 200ms",
                           "duration 0.25s",
                           "duration <= 250000us",
                           "duration < 1m",
                           "id 12",
                           "id 10-20",
                           "connection 7",
                           "not error",
                           "not anomaly",
                           "sni www.example.com",
                           "sni",
                           "ja3 abc",
                           "ja4 t13*",
                           "alpn http/1.1",
                           "tls-version TLSv1.2",
                           "tls-version 1.3",
                           "version 1.1",
                           "type text/html",
                           "STATUS 404",
                           "Host *",
                           "port != 443",
                           "tcp port 8443",
                           "src or dst port 8443",
                           "kind HTTP",
                           "kind contains tt",
                           "mode Explicit",
                           "tls-version TLSv1.3",
                           "cipher *GCM*",
                           "verify expired",
                           "certificate contains shop",
                           "certificate 00ff",
                           "certificate = *.example.com",
                           "after 2026-11-27T23:00:00Z",
                           "before 2026-11-28T00:00:01Z",
                           "after 2026-11-28T01:00:00+01:00",
                           "before 2026-11-28T00:00:00.000000001Z"}) {
    INFO(text);
    CHECK(matches(text, flow));
    CHECK_FALSE(matches(std::string("not (") + text + ")", flow));
  }
}

TEST_CASE("words say what flows are not like") {
  const flow::Flow flow = https_flow();
  for (const char* text : {"websocket",
                           "tcp",
                           "dns",
                           "passed",
                           "kind tls",
                           "mode reverse",
                           "host example.com",

                           "dst 127.0.0.1",
                           "src 192.0.2.7",
                           "port 443",
                           "src port 8443",
                           "dst port 40000",
                           "host www.example.com:443",
                           "method GET",
                           "method =~ ^OST",
                           "status 200",
                           "status != 404",
                           "status > 404",
                           "status 5xx",
                           "path /api",
                           "path =~ tag",
                           "query x=1",
                           "header host: = evil",
                           "response header x-id",
                           "header x-id != one",
                           "header nothing",
                           "header nothing != x",
                           "header nothing !~ x",
                           "type application/*x",
                           "size > 72000",
                           "request size > 2000",
                           "duration > 250ms",
                           "id 13",
                           "error",
                           "anomaly",
                           "alpn h2",
                           "certificate other",
                           "before 2026-11-28T00:00:00Z",
                           "after 2026-11-28T00:00:00.5Z"}) {
    INFO(text);
    CHECK_FALSE(matches(text, flow));
  }
}

TEST_CASE("what a flow does not have is not like anything") {
  const flow::Flow flow = tcp_flow();
  for (const char* text : {"status != 200", "method != GET", "url =~ .", "header x", "path *",
                           "http", "https", "tls", "sni", "alpn", "certificate"}) {
    INFO(text);
    CHECK_FALSE(matches(text, flow));
  }
  for (const char* text :
       {"tcp", "error", "error = connect", "error !~ tls", "anomaly", "anomaly = reset",
        "host mail.test", "host 2001:db8::/32", "src 2001:db8::9", "port 25", "not complete"}) {
    INFO(text);
    CHECK(matches(text, flow));
  }
}

TEST_CASE("times without a zone are local") {
  const char* old = ::getenv("TZ");
  const std::string before = old == nullptr ? "" : old;
  ::setenv("TZ", "PKT-5", 1);
  ::tzset();
  CHECK(matches("after 2026-11-28T05:00", https_flow()));
  CHECK_FALSE(matches("after 2026-11-28T05:00:01", https_flow()));
  CHECK(matches("after 2026-11-28 before 2026-11-29", https_flow()));
  if (old == nullptr) {
    ::unsetenv("TZ");
  } else {
    ::setenv("TZ", before.c_str(), 1);
  }
  ::tzset();
}
