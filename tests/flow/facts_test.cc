#include "lib/flow/facts.h"

#include <catch2/catch.hpp>

using mitm::flow::Endpoint;
using mitm::flow::Target;

TEST_CASE("an address and its port are joined as in a URL") {
  CHECK(to_string(Endpoint{"192.0.2.1", 443}) == "192.0.2.1:443");
  CHECK(to_string(Endpoint{"2001:db8::1", 443}) == "[2001:db8::1]:443");
  CHECK(to_string(Target{"example.com", 80}) == "example.com:80");
}
