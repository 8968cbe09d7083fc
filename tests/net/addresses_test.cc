#include "lib/net/addresses.h"

#include <catch2/catch.hpp>
#include <string>

namespace mitm::net {
namespace {

Addresses addresses_of(const std::vector<std::string>& hosts) {
  Addresses addresses;
  for (const auto& host : hosts) addresses.push_back(numeric_address(host, 80).value());
  return addresses;
}

std::string shown(const Addresses& addresses) {
  std::string text;
  for (const auto& address : addresses) text += to_endpoint(address.get()).address + " ";
  return text;
}

std::string alternated(const std::vector<std::string>& hosts, std::size_t from = 0) {
  Addresses addresses = addresses_of(hosts);
  alternate_families(addresses, from);
  return shown(addresses);
}

TEST_CASE("families take turns, beginning with the one that is first") {
  CHECK(alternated({}).empty());
  CHECK(alternated({"::1", "::2", "1.1.1.1", "1.1.1.2", "1.1.1.3"}) ==
        "::1 1.1.1.1 ::2 1.1.1.2 1.1.1.3 ");
  CHECK(alternated({"1.1.1.1", "1.1.1.2", "1.1.1.3", "::1"}) == "1.1.1.1 ::1 1.1.1.2 1.1.1.3 ");
  CHECK(alternated({"::1", "::2"}) == "::1 ::2 ");
}

TEST_CASE("those before are left where they are") {
  CHECK(alternated({"1.1.1.1", "1.1.1.2", "::1", "::2", "1.1.1.3"}, 2) ==
        "1.1.1.1 1.1.1.2 ::1 1.1.1.3 ::2 ");
  CHECK(alternated({"1.1.1.1", "1.1.1.2"}, 2) == "1.1.1.1 1.1.1.2 ");
  CHECK(alternated({"1.1.1.1"}, 2) == "1.1.1.1 ");
}

TEST_CASE("what is there already is not added again") {
  Addresses addresses = addresses_of({"1.1.1.1", "::1"});
  append_new(addresses, addresses_of({"::2", "1.1.1.1", "::2", "::1"}));
  CHECK(shown(addresses) == "1.1.1.1 ::1 ::2 ");
  append_new(addresses, {numeric_address("::1", 81).value()});
  CHECK(addresses.size() == 4);
}

}  // namespace
}  // namespace mitm::net
