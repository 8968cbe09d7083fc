#include "lib/tls/layers.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "lib/tls/close_notify.h"
#include "lib/tls/io.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

namespace mitm::tls {
namespace {

/// Both ends of TLS within TLS on a pair of sockets, past their handshakes.
struct Layered {
  Layered()
      : connecting(
            ServerLeg::create(test::trust_only(test::shared_ca().certificate()), {}).value()),
        accepting(ClientLeg::create({}).value()),
        leaf(test::to_leaf(test::make_signed({.names = {"a.example"}}, test::shared_ca()))) {
    const ServerHandshake handshake{.verify_name = "a.example"};
    client = connecting.start(sockets.client.get(), handshake).value();
    server = accepting.start(sockets.server.get(), {}, leaf, {}).value();
    connect();
    client = connecting.start(std::move(client), handshake).value();
    auto upper = accepting.start(sockets.server.get(), {}, leaf, {}).value();
    REQUIRE(put_over(upper.get(), std::move(server)));
    server = std::move(upper);
    connect();
  }

  void connect() const {
    prepare(client.get(), flow::Side::kServer);
    prepare(server.get(), flow::Side::kClient);
    IoState ours = IoState::kWantsRead, theirs = IoState::kWantsRead;
    while (ours == IoState::kWantsRead || theirs == IoState::kWantsRead) {
      ours = shake_hands(client.get()).state;
      theirs = shake_hands(server.get()).state;
    }
    REQUIRE(ours == IoState::kGoOn);
    REQUIRE(theirs == IoState::kGoOn);
  }

  test::SocketPair sockets;
  ServerLeg connecting;
  ClientLeg accepting;
  Leaf leaf;
  SslPtr client, server;
};

std::string receive(ssl_st* ssl, IoState expected, std::size_t room = 1000) {
  std::string buffer(room, '\0');
  const auto result = read(ssl, buffer);
  CHECK(result.state == expected);
  buffer.resize(result.octets);
  return buffer;
}

TEST_CASE("octets pass both layers, and what either holds is known") {
  const Layered t;
  CHECK(layer_below(t.client.get()) != nullptr);
  CHECK(layer_below(layer_below(t.client.get())) == nullptr);
  CHECK(write(t.client.get(), "ping").octets == 4);
  CHECK(receive(t.server.get(), IoState::kGoOn) == "ping");
  // Two records of the upper layer that come at once.
  CHECK(write(t.server.get(), "po").octets == 2);
  CHECK(write(t.server.get(), "ng").octets == 2);
  CHECK(receive(t.client.get(), IoState::kGoOn, 2) == "po");
  CHECK(holds_octets(t.client.get()));
  CHECK(receive(t.client.get(), IoState::kGoOn, 2) == "ng");
}

TEST_CASE("an end is proper when both layers say so, and a cut when the upper one does not") {
  const Layered t;
  SECTION("both") {
    CHECK(send_close_notify(t.server.get()) == CloseNotify::kSent);
    CHECK(receive(t.client.get(), IoState::kEnded).empty());
    CHECK((SSL_get_shutdown(layer_below(t.server.get())) & SSL_SENT_SHUTDOWN) != 0);
  }
  SECTION("the lower one only") {
    CHECK(send_close_notify(layer_below(t.server.get())) == CloseNotify::kSent);
    CHECK(receive(t.client.get(), IoState::kCut).empty());
  }
}

TEST_CASE("neither layer says anything by itself when it goes") {
  Layered t;
  t.server.reset();
  CHECK(receive(t.client.get(), IoState::kWantsRead).empty());
  t.sockets.server = Fd();
  CHECK(receive(t.client.get(), IoState::kCut).empty());
}

}  // namespace
}  // namespace mitm::tls
