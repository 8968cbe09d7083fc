#include "lib/tls/io.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "lib/tls/close_notify.h"
#include "lib/tls/prefix_bio.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

namespace mitm::tls {
namespace {

test::LegPair connected() {
  const auto connecting =
      ServerLeg::create(test::trust_only(test::shared_ca().certificate()), {}).value();
  const auto accepting = ClientLeg::create({}).value();
  const auto leaf = test::to_leaf(test::make_signed({.names = {"a.example"}}, test::shared_ca()));
  auto pair = test::connect_legs(connecting, {.verify_name = "a.example"}, accepting, leaf);
  REQUIRE(pair.result.ok());
  SSL_set_read_ahead(pair.server.get(), 1);
  SSL_set_options(pair.server.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  return pair;
}

struct Received {
  IoResult result;
  std::string bytes;
};

Received receive(ssl_st* ssl, std::size_t room) {
  std::string buffer(room, '\0');
  auto result = read(ssl, buffer);
  buffer.resize(result.octets);
  return {std::move(result), std::move(buffer)};
}

/// Writes `bytes` as a record of its own.
void put(ssl_st* ssl, ByteView bytes) { REQUIRE(write(ssl, bytes).octets == bytes.size()); }

TEST_CASE("handshakes go on as the peer's messages come, whoever begins") {
  const auto connecting =
      ServerLeg::create(test::trust_only(test::shared_ca().certificate()), {}).value();
  const auto accepting = ClientLeg::create({}).value();
  const auto leaf = test::to_leaf(test::make_signed({.names = {"a.example"}}, test::shared_ca()));
  const test::SocketPair sockets;
  const auto client = connecting.start(sockets.client.get(), {.verify_name = "a.example"}).value();
  const auto server = accepting.start(sockets.server.get(), {}, leaf, {}).value();
  prepare(client.get(), flow::Side::kServer);
  prepare(server.get(), flow::Side::kClient);
  CHECK(shake_hands(server.get()).state == IoState::kWantsRead);
  CHECK(shake_hands(client.get()).state == IoState::kWantsRead);
  CHECK(shake_hands(server.get()).state == IoState::kWantsRead);
  CHECK(shake_hands(client.get()).state == IoState::kGoOn);
  CHECK(shake_hands(server.get()).state == IoState::kGoOn);
}

TEST_CASE("one call reads all records that have come, and asks the socket once") {
  const auto pair = connected();
  put(pair.client.get(), "one ");
  put(pair.client.get(), "two ");
  put(pair.client.get(), "three");
  const auto received = receive(pair.server.get(), 100);
  CHECK(received.bytes == "one two three");
  CHECK(received.result.state == IoState::kGoOn);
  CHECK_FALSE(holds_octets(pair.server.get()));
  CHECK(receive(pair.server.get(), 100).result.state == IoState::kWantsRead);
}

TEST_CASE("what was read ahead is known, though the socket does not announce it") {
  const auto pair = connected();
  const bool whole_records = GENERATE(false, true);
  put(pair.client.get(), "one ");
  put(pair.client.get(), "two");
  const std::size_t room = whole_records ? 4 : 2;
  CHECK(receive(pair.server.get(), room).bytes == std::string("one ").substr(0, room));
  char byte = 0;
  CHECK(::recv(pair.sockets.server.get(), &byte, 1, MSG_PEEK) == -1);
  CHECK(holds_octets(pair.server.get()));
  CHECK(receive(pair.server.get(), 100).bytes == std::string("one two").substr(room));
}

TEST_CASE("octets that were read before TLS began count as held") {
  const auto pair = connected();
  CHECK_FALSE(holds_octets(pair.server.get()));
  auto prefix =
      make_prefix_bio("early", BioPtr(BIO_new_socket(pair.sockets.server.get(), BIO_NOCLOSE)));
  SSL_set0_rbio(pair.server.get(), std::move(prefix).value().release());
  CHECK(holds_octets(pair.server.get()));
}

TEST_CASE("the end comes with the octets before it") {
  const auto pair = connected();
  put(pair.client.get(), "last");
  SECTION("a proper one") {
    REQUIRE(send_close_notify(pair.client.get()) == CloseNotify::kSent);
    const auto received = receive(pair.server.get(), 100);
    CHECK(received.bytes == "last");
    CHECK(received.result.state == IoState::kEnded);
  }
  SECTION("a cut") {
    ::shutdown(pair.sockets.client.get(), SHUT_WR);
    CHECK(receive(pair.server.get(), 100).bytes == "last");
    CHECK(receive(pair.server.get(), 100).result.state == IoState::kCut);
    CHECK(ERR_peek_error() == 0);
    put(pair.server.get(), "answer");
    CHECK(receive(pair.client.get(), 100).bytes == "answer");
  }
}

TEST_CASE("a socket that takes no more is reported, and writing goes on where it was") {
  const auto pair = connected();
  const std::string record(16'000, 'x');
  std::size_t sent = 0;
  IoResult result;
  while ((result = write(pair.client.get(), record)).state == IoState::kGoOn) sent += result.octets;
  CHECK(result.state == IoState::kWantsWrite);
  CHECK(result.octets == 0);
  std::size_t received = 0;
  while (received < sent) {
    const auto got = receive(pair.server.get(), 1 << 16);
    received += got.result.octets;
    if (got.result.octets == 0) break;
  }
  const std::string moved = record + "and more";  // elsewhere in memory, and longer
  CHECK(write(pair.client.get(), moved).state == IoState::kGoOn);
}

TEST_CASE("what the socket failed with is told apart from what TLS failed with") {
  const auto pair = connected();
  SECTION("the socket") {
    ::shutdown(pair.sockets.client.get(), SHUT_WR);
    const auto result = write(pair.client.get(), "x");
    CHECK(result.state == IoState::kFailed);
    CHECK(result.system_error == EPIPE);
    CHECK(result.errors.empty());
  }
  SECTION("the socket, after the peer's end") {
    REQUIRE(send_close_notify(pair.server.get()) == CloseNotify::kSent);
    REQUIRE(receive(pair.client.get(), 100).result.state == IoState::kEnded);
    ::shutdown(pair.sockets.client.get(), SHUT_WR);
    const auto result = write(pair.client.get(), "x");
    CHECK(result.state == IoState::kFailed);
    CHECK(result.system_error == EPIPE);
  }
  SECTION("TLS") {
    ::send(pair.sockets.client.get(), "no record", 9, 0);
    const auto result = receive(pair.server.get(), 100).result;
    CHECK(result.state == IoState::kFailed);
    CHECK_FALSE(result.errors.empty());
  }
}

}  // namespace
}  // namespace mitm::tls
