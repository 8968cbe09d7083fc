#include "lib/net/address.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "tests/support/peer.h"

namespace mitm::net {
namespace {

flow::Endpoint there_and_back(const std::string& host, std::uint16_t port) {
  return to_endpoint(numeric_address(host, port).value().get());
}

TEST_CASE("a numeric address survives the way into a socket address and back") {
  CHECK(there_and_back("192.0.2.7", 80) == flow::Endpoint{"192.0.2.7", 80});
  CHECK(there_and_back("2001:db8::1", 65535) == flow::Endpoint{"2001:db8::1", 65535});
  CHECK(there_and_back("::", 0) == flow::Endpoint{"::", 0});
}

TEST_CASE("an IPv4-mapped IPv6 address comes out as IPv4") {
  CHECK(there_and_back("::ffff:192.0.2.7", 80) == flow::Endpoint{"192.0.2.7", 80});
}

TEST_CASE("what is not a numeric address is none") {
  for (const char* text :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "::1%lo", "0x7f.1", " 127.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(numeric_address(text, 1));
  }
}

TEST_CASE("other address families give an empty endpoint") {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  CHECK(to_endpoint(reinterpret_cast<const sockaddr*>(&address)) == flow::Endpoint{});
}

TEST_CASE("both ends of a connection know each other") {
  const test::TcpPair pair;
  CHECK(local_endpoint(pair.ours.get()) == remote_endpoint(pair.theirs.get()));
  CHECK(remote_endpoint(pair.ours.get()) == local_endpoint(pair.theirs.get()));
  CHECK(local_endpoint(pair.ours.get()).address == "127.0.0.1");
}

TEST_CASE("a descriptor that is no socket has empty endpoints") {
  CHECK(local_endpoint(-1) == flow::Endpoint{});
  CHECK(remote_endpoint(-1) == flow::Endpoint{});
}

TEST_CASE("loopback is 127.0.0.0/8 and ::1") {
  CHECK(is_loopback({"127.0.0.1", 1}));
  CHECK(is_loopback({"127.9.9.9", 1}));
  CHECK(is_loopback({"::1", 1}));
  CHECK_FALSE(is_loopback({"0.0.0.0", 1}));
  CHECK_FALSE(is_loopback({"::", 1}));
  CHECK_FALSE(is_loopback({"128.0.0.1", 1}));
}

TEST_CASE("no delay turns Nagle's algorithm off") {
  const test::TcpPair pair;
  set_no_delay(pair.ours.get());
  int on = 0;
  socklen_t size = sizeof on;
  REQUIRE(::getsockopt(pair.ours.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0);
  CHECK(on != 0);
}

TEST_CASE("an address gets another port") {
  for (const std::string host : {"192.0.2.1", "2001:db8::1"}) {
    auto address = numeric_address(host, 1).value();
    set_port(address, 443);
    CHECK(to_endpoint(address.get()) == flow::Endpoint{host, 443});
  }
}

}  // namespace
}  // namespace mitm::net
