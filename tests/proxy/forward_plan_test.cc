#include "lib/proxy/forward_plan.h"

#include <catch2/catch.hpp>
#include <string>

namespace mitm::proxy {
namespace {

Result<ForwardPlan> plan(const std::string& head) {
  wire::Http1Decoder decoder(wire::Role::kRequest);
  decoder.feed(head);
  while (true) {
    const auto event = decoder.next();
    if (const auto* request = std::get_if<wire::RequestHead>(&event)) return plan_forward(*request);
    REQUIRE(std::holds_alternative<wire::Oddity>(event));
  }
}

ForwardPlan planned(const std::string& head) {
  auto result = plan(head);
  REQUIRE(result.has_value());
  return *std::move(result);
}

TEST_CASE("a request goes on in origin-form, with a Host field after its target") {
  struct Row {
    const char* request;
    flow::Target target;
    const char* sent;
  };
  const Row rows[] = {
      {"GET http://a.example/x?y=1 HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"GET http://a.example:8080/ HTTP/1.1\r\nHost: wrong\r\n\r\n",
       {"a.example", 8080},
       "GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n"},
      {"GET http://a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
       {"a.example", 80},
       "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"GET http://a.example?q HTTP/1.1\r\nhost: a.example\r\n\r\n",
       {"a.example", 80},
       "GET /?q HTTP/1.1\r\nhost: a.example\r\n\r\n"},
      {"GET http://[2001:db8::1]:81/ HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n",
       {"2001:db8::1", 81},
       "GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n"},
      {"GET http://user:secret@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"GET http://a.example/ HTTP/1.0\r\n\r\n",
       {"a.example", 80},
       "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"},
      {"OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"OPTIONS http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "OPTIONS / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"OPTIONS http://a.example?q HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "OPTIONS /?q HTTP/1.1\r\nHost: a.example\r\n\r\n"},
      {"QUERY http://a.example/%7e//../ HTTP/1.1\r\nHost: a.example\r\n\r\n",
       {"a.example", 80},
       "QUERY /%7e//../ HTTP/1.1\r\nHost: a.example\r\n\r\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.request);
    const auto result = planned(row.request);
    CHECK(result.target == row.target);
    CHECK(result.head == row.sent);
  }
}

TEST_CASE("what is for the proxy alone stays with it") {
  CHECK(planned("GET http://a/ HTTP/1.1\r\nHost: a\r\nProxy-Connection: keep-alive\r\n"
                "PROXY-AUTHORIZATION: Basic eDp5\r\nProxy-Other: stays\r\n\r\n")
            .head == "GET / HTTP/1.1\r\nHost: a\r\nProxy-Other: stays\r\n\r\n");
}

TEST_CASE("all other fields keep order, case and spacing") {
  CHECK(planned("POST http://a/ HTTP/1.1\r\nx-B:  two  spaces \r\nHost: a\r\nX-a:none\r\nX-A:\r\n"
                "Content-Length: 1\r\nConnection: close\r\n\r\n")
            .head ==
        "POST / HTTP/1.1\r\nx-B:  two  spaces\r\nHost: a\r\nX-a:none\r\nX-A:\r\n"
        "Content-Length: 1\r\nConnection: close\r\n\r\n");
}

TEST_CASE("what a forward proxy does not serve is refused with a reason") {
  const auto https = plan("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE_FALSE(https.has_value());
  CHECK(https.error().message == "https://a/: a proxy is asked for https with CONNECT");
  for (const char* request :
       {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a:0/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    CAPTURE(request);
    CHECK_FALSE(plan(request).has_value());
  }
}

/// What a gateway to origin.test sends for a request with "Host: front.test", with an upstream
/// proxy for HTTP.
ForwardPlan gateway_plan(bool keep_host, const std::string& method = "GET") {
  const auto request = method + " /x HTTP/1.1\r\nHost: front.test\r\n\r\n";
  wire::Http1Decoder decoder(wire::Role::kRequest);
  decoder.feed(request);
  Routes routes;
  routes.upstreams.add(
      {.via = std::make_shared<const Upstream>(parse_upstream("http://me:pw@proxy.test").value())});
  while (true) {
    const wire::Event event = decoder.next();
    REQUIRE_FALSE(std::holds_alternative<wire::NeedData>(event));
    const auto* head = std::get_if<wire::RequestHead>(&event);
    if (head == nullptr) continue;
    return plan_gateway(*head,
                        {.scheme = ReverseRoute::Scheme::kHttp, .target = {"origin.test", 80}},
                        keep_host, routes)
        .value();
  }
}

TEST_CASE("an upstream proxy takes a gateway's requests, but not where it would change Host") {
  const auto plan = gateway_plan(false);
  CHECK(plan.via != nullptr);
  CHECK(plan.head.starts_with("GET http://origin.test/x HTTP/1.1\r\nHost: origin.test\r\n"));
  CHECK(plan.head.contains("Proxy-Authorization: Basic "));
  const auto kept = gateway_plan(true);
  CHECK(kept.via == nullptr);
  CHECK(kept.head == "GET /x HTTP/1.1\r\nHost: front.test\r\n\r\n");
}

TEST_CASE("TRACE, which is answered with what was sent, takes no login along") {
  CHECK_FALSE(gateway_plan(false, "TRACE").head.contains("Proxy-Authorization"));
}

}  // namespace
}  // namespace mitm::proxy
