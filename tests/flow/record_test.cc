#include "lib/flow/record.h"

#include <catch2/catch.hpp>

using namespace mitm::flow;

TEST_CASE("kinds of flows have the names of the NDJSON contract") {
  CHECK(to_string(Kind::kHttp) == "http");
  CHECK(to_string(Kind::kWebSocket) == "websocket");
  CHECK(to_string(Kind::kTcp) == "tcp");
  CHECK(to_string(Kind::kTls) == "tls");
  CHECK(to_string(Kind::kDns) == "dns");
}

TEST_CASE("101 is a final response, other 1xx are interim") {
  CHECK(ResponseHead{.status = 100}.is_interim());
  CHECK(ResponseHead{.status = 199}.is_interim());
  CHECK_FALSE(ResponseHead{.status = 101}.is_interim());
  CHECK_FALSE(ResponseHead{.status = 200}.is_interim());
}

TEST_CASE("a flow counts as failed when it ended before there was a request or a byte") {
  const FlowError error{"dns", "no such host"};
  CHECK(failed_early(FlowEnd{.kind = Kind::kTcp, .error = error}));
  CHECK(failed_early(FlowEnd{.kind = Kind::kTls, .error = error}));
  CHECK_FALSE(failed_early(FlowEnd{.kind = Kind::kTcp, .error = error, .bytes_from_client = 1}));
  CHECK_FALSE(failed_early(FlowEnd{.kind = Kind::kTcp, .error = error, .bytes_to_client = 1}));
  CHECK_FALSE(failed_early(FlowEnd{.kind = Kind::kHttp, .error = error}));
  CHECK_FALSE(failed_early(FlowEnd{.kind = Kind::kTcp}));
  CHECK_FALSE(failed_early(FlowEnd{.kind = Kind::kTls, .passed = true, .error = error}));
}

TEST_CASE("totals of what is recorded add up") {
  Totals totals;
  count(totals, {.kind = Kind::kHttp});
  count(totals, {.kind = Kind::kTls, .passed = true});
  count(totals, {.kind = Kind::kTcp, .error = FlowError{"dns", "no such host"}});
  CHECK(totals == Totals{.seen = 3, .recorded = 1, .filtered = 0, .passed = 1, .failed = 1});
}
