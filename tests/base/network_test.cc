#include "lib/base/network.h"

#include <catch2/catch.hpp>

namespace mitm {
namespace {

bool holds(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains_address(address);
}

TEST_CASE("a network holds the addresses that share its prefix") {
  CHECK(holds("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  CHECK(holds("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.100"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(holds("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(holds("192.0.2.1", "192.0.2.2"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK_FALSE(holds("0.0.0.0/0", "example.com"));
}

TEST_CASE("a network is its first address and a mask") {
  const auto network = Network::parse("10.1.130.3/17").value();
  CHECK(network.address() == Bytes("\x0a\x01\x80\x00", 4));
  CHECK(network.mask() == Bytes("\xff\xff\x80\x00", 4));
  CHECK(network == Network::parse("10.1.128.0/17").value());
  CHECK_FALSE(network == Network::parse("10.1.128.0/18").value());
  CHECK(Network::parse("0.0.0.0/0")->mask() == Bytes(4, '\0'));
  CHECK(Network::parse("::1")->mask() == Bytes(16, '\xff'));
}

TEST_CASE("a network covers those that have no address outside of it") {
  const auto covers = [](std::string_view wide, std::string_view narrow) {
    return Network::parse(wide)->covers(Network::parse(narrow).value());
  };
  CHECK(covers("10.0.0.0/8", "10.1.0.0/16"));
  CHECK(covers("10.0.0.0/8", "10.0.0.0/8"));
  CHECK(covers("0.0.0.0/0", "192.0.2.1"));
  CHECK_FALSE(covers("10.1.0.0/16", "10.0.0.0/8"));
  CHECK_FALSE(covers("10.0.0.0/8", "11.0.0.0/16"));
  CHECK_FALSE(covers("::/0", "10.0.0.0/8"));
}

TEST_CASE("a network is written with its first address") {
  for (const auto& [text, written] :
       {std::pair{"10.1.130.3/17", "10.1.128.0/17"}, std::pair{"192.0.2.1", "192.0.2.1"},
        std::pair{"192.0.2.1/32", "192.0.2.1"}, std::pair{"2001:DB8:0::1/32", "2001:db8::/32"},
        std::pair{"::/0", "::/0"}, std::pair{"::ffff:10.0.0.0/104", "10.0.0.0/8"}})
    CHECK(Network::parse(text)->text() == written);
}

TEST_CASE("an IPv4 address within an IPv6 one is in networks of IPv4") {
  CHECK(holds("127.0.0.0/8", "::ffff:127.0.0.1"));
  CHECK(holds("::ffff:10.0.0.0/104", "10.1.1.1"));
  CHECK_FALSE(holds("::ffff:10.0.0.0/104", "11.1.1.1"));
}

TEST_CASE("what is no network is refused") {
  for (const auto* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "::/129", "::ffff:1.2.3.4/95",
        "example.com/8", "10.0.0.0/8 ", "10.0.0.0/-1", "any"})
    CHECK_FALSE(Network::parse(text).has_value());
}

TEST_CASE("one of several is enough") {
  const Networks networks{Network::parse("10.0.0.0/8").value(), Network::parse("::1").value()};
  CHECK(any_contains(networks, "10.1.2.3"));
  CHECK(any_contains(networks, "::1"));
  CHECK_FALSE(any_contains(networks, "127.0.0.1"));
  CHECK_FALSE(any_contains({}, "127.0.0.1"));
}

}  // namespace
}  // namespace mitm
