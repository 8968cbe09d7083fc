#include "lib/base/ip.h"

#include <catch2/catch.hpp>

using namespace mitm;

TEST_CASE("addresses are read in all their forms") {
  CHECK(parse_ip("192.0.2.1") == Bytes("\xc0\x00\x02\x01", 4));
  CHECK(format_ip(parse_ip("[2001:DB8::1]").value()) == "2001:db8::1");
  CHECK(format_ip(parse_ip("fe80::1%eth0").value()) == "fe80::1");
  CHECK(format_ip(parse_ip("[fe80::1%eth0]").value()) == "fe80::1");
  for (const auto* text : {"10.0.0.1%x", "[10.0.0.1]", "[10.0.0.1%x]", "2001:db8::1%eth0",
                           "fe80::1%", "::1%lo", "[::1", "::1]", "[]", "[[::1]]", "%eth0"})
    CHECK_FALSE(parse_ip(text));
  CHECK_FALSE(parse_ip("a.example"));
  CHECK_FALSE(parse_ip(""));
  CHECK_FALSE(parse_ip("1.2.3"));
  CHECK_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
  CHECK(format_ip("abc").empty());
}
