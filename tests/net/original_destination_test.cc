#include "lib/net/original_destination.h"

#include <catch2/catch.hpp>

namespace mitm::net {
namespace {

using flow::Endpoint;

const Endpoint kListener{"127.0.0.1", 8080};
const Endpoint kServer{"192.0.2.1", 443};

TEST_CASE("REDIRECT leaves the destination in its translation") {
  CHECK(choose_destination(kListener, kServer, kListener) == kServer);
  CHECK(choose_destination({"10.0.0.1", 8080}, kServer, {"0.0.0.0", 8080}) == kServer);
}

TEST_CASE(
    "TPROXY leaves it in the socket's address, with a translation that says the same or none") {
  CHECK(choose_destination(kServer, {}, kListener) == kServer);
  CHECK(choose_destination(kServer, kServer, kListener) == kServer);
  CHECK(choose_destination(kServer, {}, {"0.0.0.0", 8080}) == kServer);
}

TEST_CASE("TPROXY also brings connections to others at the port that the listener has") {
  for (const char* wildcard : {"0.0.0.0", "::"}) {
    const Endpoint elsewhere{"192.0.2.1", 8080};
    CHECK(choose_destination(elsewhere, {}, {wildcard, 8080}) == elsewhere);
    CHECK(choose_destination(elsewhere, elsewhere, {wildcard, 8080}) == elsewhere);
  }
}

TEST_CASE("who connects to the listener itself comes from nowhere") {
  for (const auto& [local, listener] :
       {std::pair{kListener, kListener},
        std::pair{Endpoint{"127.0.0.2", 8080}, Endpoint{"0.0.0.0", 8080}}}) {
    for (const Endpoint& translated : {Endpoint{}, local}) {
      const auto none = choose_destination(local, translated, listener);
      REQUIRE_FALSE(none.has_value());
      CHECK(none.error().hint.find("--print-rules") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace mitm::net
