#include "lib/net/own_addresses.h"

#include <catch2/catch.hpp>

// Those of interfaces, and with net.ipv4.ip_nonlocal_bind: tests/e2e/transparent_test.py.

namespace mitm::net {
namespace {

TEST_CASE("addresses of this machine are told from others") {
  CHECK(is_local_address("127.0.0.1"));
  CHECK(is_local_address("127.1.2.3"));
  CHECK(is_local_address("::1"));
  CHECK(is_local_address("::ffff:127.0.0.1"));
  CHECK_FALSE(is_local_address("192.0.2.1"));
  CHECK_FALSE(is_local_address("2001:db8::1"));
  CHECK_FALSE(is_local_address("localhost"));
}

TEST_CASE("an address that stands for all of them is none of them") {
  for (const char* all : {"0.0.0.0", "::"}) {
    CHECK(is_wildcard(all));
    CHECK_FALSE(is_local_address(all));
  }
  CHECK_FALSE(is_wildcard("127.0.0.1"));
}

}  // namespace
}  // namespace mitm::net
