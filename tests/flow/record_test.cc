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
