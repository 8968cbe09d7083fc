#include "lib/tls/close_notify.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;
using tls::CloseNotify;

namespace {

LegPair connected() {
  const auto trust = trust_only(shared_ca().certificate());
  const auto connecting = tls::ServerLeg::create(trust, {}).value();
  const auto accepting = tls::ClientLeg::create({}).value();
  const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  LegPair pair = connect_legs(connecting, {.verify_name = "a.example"}, accepting, leaf);
  REQUIRE(pair.result.ok());
  return pair;
}

bool ended(const SSL* ssl) { return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0; }

int read_byte(SSL* ssl) {
  char byte = 0;
  ERR_clear_error();
  return SSL_get_error(ssl, SSL_read(ssl, &byte, 1));
}

}  // namespace

TEST_CASE("close_notify ends one direction and leaves the other open") {
  const LegPair pair = connected();
  CHECK(tls::send_close_notify(pair.server.get()) == CloseNotify::kSent);
  CHECK(read_byte(pair.client.get()) == SSL_ERROR_ZERO_RETURN);
  CHECK(ended(pair.client.get()));
  CHECK_FALSE(ended(pair.server.get()));
  CHECK(send_across(pair.client.get(), pair.server.get(), "still here") == "still here");
}

TEST_CASE("a second close_notify neither reads nor sends") {
  const LegPair pair = connected();
  REQUIRE(tls::send_close_notify(pair.server.get()) == CloseNotify::kSent);
  REQUIRE(SSL_write(pair.client.get(), "late", 4) == 4);
  CHECK(tls::send_close_notify(pair.server.get()) == CloseNotify::kSent);
  char buffer[8];
  CHECK(SSL_read(pair.server.get(), buffer, sizeof buffer) == 4);
}

TEST_CASE("a socket that takes no more is reported and tried again") {
  const LegPair pair = connected();
  const std::string filler(4096, 'x');
  while (::send(pair.sockets.server.get(), filler.data(), filler.size(), 0) > 0) {
  }
  CHECK(tls::send_close_notify(pair.server.get()) == CloseNotify::kWantsWrite);
  CHECK(tls::send_close_notify(pair.server.get()) == CloseNotify::kWantsWrite);
  std::string drain(1 << 20, '\0');
  while (::recv(pair.sockets.client.get(), drain.data(), drain.size(), 0) > 0) {
  }
  CHECK(tls::send_close_notify(pair.server.get()) == CloseNotify::kSent);
  CHECK(::recv(pair.sockets.client.get(), drain.data(), drain.size(), 0) > 0);
}

TEST_CASE("close_notify cannot be sent before the handshake is done") {
  const SocketPair sockets;
  const auto accepting = tls::ClientLeg::create({}).value();
  const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto ssl = accepting.start(sockets.server.get(), {}, leaf, {}).value();
  CHECK(tls::send_close_notify(ssl.get()) == CloseNotify::kFailed);
}

TEST_CASE("an end of file without close_notify is told apart") {
  LegPair pair = connected();
  pair.sockets.server = Fd();
  CHECK(read_byte(pair.client.get()) == SSL_ERROR_SSL);
  CHECK_FALSE(ended(pair.client.get()));
}
