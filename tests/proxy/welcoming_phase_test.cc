#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"

// TLS of clients at a reverse entrance whose server is not reached yet.

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

test::ProxyOptions http(const Origin& origin) {
  test::ProxyOptions options;
  options.entrance.mode = flow::Mode::kReverse;
  options.entrance.route = ReverseRoute{ReverseRoute::Scheme::kHttp, {"127.0.0.1", origin.port()}};
  return options;
}

/// What a client of ours begins with.
std::string hello_of_a_client(const ProxyFixture& proxy) {
  Origin sink;
  Peer client = test::connect_peer(sink.endpoint());
  std::thread thread([&] { static_cast<void>(proxy.client_handshake(client)); });
  std::string hello;
  {
    Peer server = sink.accept();
    hello = server.read_exactly(5);
    const auto length =
        static_cast<unsigned char>(hello[3]) << 8 | static_cast<unsigned char>(hello[4]);
    hello += server.read_exactly(static_cast<std::size_t>(length));
  }
  thread.join();
  return hello;
}

TEST_CASE("a client's handshake needs no server, and gets a certificate for the name it asks for") {
  Origin origin;
  ProxyFixture proxy(http(origin));
  Peer client = proxy.connect();
  CHECK(proxy.client_handshake(client, {"http/1.1"}));  // verifies localhost
  CHECK(origin.is_untouched());
}

TEST_CASE("a client that does not finish its handshake is given up") {
  Origin origin;
  auto options = http(origin);
  options.settings.handshake_timeout = 50ms;
  ProxyFixture proxy(options);
  Peer client = proxy.connect();
  client.send(hello_of_a_client(proxy));
  client.read_to_end();
  CHECK(proxy.only_flow().back().starts_with("end tls incomplete error timeout"));
}

}  // namespace
}  // namespace mitm::proxy
