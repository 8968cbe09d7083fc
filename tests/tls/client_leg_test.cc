#include <openssl/err.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "lib/tls/handshake_error.h"
#include "lib/tls/leg.h"
#include "lib/tls/minter.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/session_facts.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;

namespace {

std::shared_ptr<const tls::Leaf> leaf_for(const std::string& host,
                                          tls::KeyType key = tls::KeyType::kEc) {
  static const auto minter = tls::LeafMinter::create(shared_ca()).value();
  return minter->mint({.host = host, .key = key}, now()).value();
}

const tls::ClientLeg& leg() {
  static const auto shared = tls::ClientLeg::create({}).value();
  return shared;
}

std::string read_all(int fd) {
  std::string bytes(1 << 16, '\0');
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string offer_alpn(SSL* ssl, std::string_view list) {
  REQUIRE(SSL_set_alpn_protos(ssl, tls::octets(list), static_cast<unsigned>(list.size())) == 0);
  return std::string(list);
}

std::string agreed_alpn(const SSL* ssl) {
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  return {reinterpret_cast<const char*>(alpn), size};
}

}  // namespace

TEST_CASE("a ClientHello cut at every position is accepted from buffer and socket") {
  std::size_t length = 1;
  for (std::size_t cut = 0; cut <= length; ++cut) {
    const SocketPair sockets;
    const auto client = stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
    REQUIRE(SSL_do_handshake(client.get()) < 0);
    const std::string hello = read_all(sockets.server.get());
    length = hello.size();
    const auto server =
        leg().start(sockets.server.get(), hello.substr(0, cut), *leaf_for("a.example"), {}).value();
    ERR_clear_error();
    if (cut < length) {
      REQUIRE(SSL_get_error(server.get(), SSL_do_handshake(server.get())) == SSL_ERROR_WANT_READ);
      REQUIRE(::send(sockets.client.get(), hello.data() + cut, length - cut, 0) ==
              static_cast<ssize_t>(length - cut));
    }
    REQUIRE(shake_hands(client.get(), server.get()).ok());
    REQUIRE(send_across(client.get(), server.get(), "ping") == "ping");
    REQUIRE(send_across(server.get(), client.get(), "pong") == "pong");
  }
  CHECK(length > 100);
}

TEST_CASE("data that arrived behind the handshake in the buffer is not lost") {
  const SocketPair sockets;
  const auto client = stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
  const auto server = leg().start(sockets.server.get(), {}, *leaf_for("a.example"), {}).value();
  REQUIRE(shake_hands(client.get(), server.get()).ok());
  CHECK(send_across(client.get(), server.get(), std::string(16'000, 'x')).size() == 16'000);
}

TEST_CASE("the protocol that the server chose is agreed on if the client offers it") {
  for (const auto& [chosen, agreed] :
       {std::pair{"h2", "h2"}, std::pair{"http/1.1", "http/1.1"}, std::pair{"", ""},
        std::pair{"h3", ""}, std::pair{"h", ""}}) {
    const SocketPair sockets;
    const auto client = stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
    offer_alpn(client.get(), "\x08http/1.1\x02h2");
    const auto server =
        leg().start(sockets.server.get(), {}, *leaf_for("a.example"), chosen).value();
    REQUIRE(shake_hands(client.get(), server.get()).ok());
    CHECK(agreed_alpn(client.get()) == agreed);
  }
}

TEST_CASE("a client that does not trust the CA says so in an alert") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const SocketPair sockets;
    const auto client = stock_client(sockets.client.get(), nullptr, "a.example");
    SSL_set_max_proto_version(client.get(), version);
    const auto server = leg().start(sockets.server.get(), {}, *leaf_for("a.example"), {}).value();
    const auto result = shake_hands(client.get(), server.get());
    REQUIRE(result.server.failed);
    const auto failure = tls::explain_failure(flow::Side::kClient, result.server.codes);
    CHECK(failure.alert == 48);
    CHECK(failure.error.message ==
          "client sent alert 48 (unknown ca): it does not trust the mitmkit CA");
  }
}

TEST_CASE("a client without ECDSA is served by an RSA leaf") {
  const SocketPair sockets;
  const auto client = stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
  SSL_set_max_proto_version(client.get(), TLS1_2_VERSION);
  REQUIRE(SSL_set_cipher_list(client.get(), "ECDHE-RSA-AES128-GCM-SHA256") == 1);
  const auto server =
      leg().start(sockets.server.get(), {}, *leaf_for("a.example", tls::KeyType::kRsa), {}).value();
  CHECK(shake_hands(client.get(), server.get()).ok());
}

TEST_CASE("sessions are resumed by ticket on another connection of the same leg") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CPtr<SSL_SESSION, SSL_SESSION_free> session;
    for (const bool resumed : {false, true}) {
      const SocketPair sockets;
      const auto client =
          stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
      SSL_set_max_proto_version(client.get(), version);
      if (session) SSL_set_session(client.get(), session.get());
      const auto leaf = leaf_for("a.example");
      const auto server = leg().start(sockets.server.get(), {}, *leaf, {}).value();
      REQUIRE(shake_hands(client.get(), server.get()).ok());
      CHECK(send_across(server.get(), client.get(), "x") == "x");
      const auto facts = tls::session_facts(server.get(), flow::Side::kClient);
      CHECK(facts.resumed == resumed);
      CHECK(facts.chain == leaf->chain());
      session.reset(SSL_get1_session(client.get()));
      SSL_shutdown(client.get());
    }
  }
}

TEST_CASE("a client below the lowest version is turned away") {
  const auto strict = tls::ClientLeg::create({.versions = {.min = tls::Version::kTls13}}).value();
  const SocketPair sockets;
  const auto client = stock_client(sockets.client.get(), shared_ca().certificate(), "a.example");
  SSL_set_max_proto_version(client.get(), TLS1_2_VERSION);
  const auto server = strict.start(sockets.server.get(), {}, *leaf_for("a.example"), {}).value();
  const auto result = shake_hands(client.get(), server.get());
  REQUIRE(result.server.failed);
  CHECK(tls::explain_failure(flow::Side::kClient, result.server.codes).error.message ==
        "client speaks none of the TLS versions that we allow");
}

TEST_CASE("plain HTTP in the buffer is a failure that says so") {
  const SocketPair sockets;
  const auto server =
      leg()
          .start(sockets.server.get(), "GET / HTTP/1.1\r\n\r\n", *leaf_for("a.example"), {})
          .value();
  ERR_clear_error();
  REQUIRE(SSL_do_handshake(server.get()) < 0);
  const unsigned long code = ERR_peek_error();
  CHECK(tls::explain_failure(flow::Side::kClient, {&code, 1}).error.message ==
        "client sent plain HTTP instead of TLS");
}

TEST_CASE("the write side tells the descriptor") {
  const SocketPair sockets;
  const auto server = leg().start(sockets.server.get(), "abc", *leaf_for("a.example"), {}).value();
  CHECK(BIO_get_fd(SSL_get_wbio(server.get()), nullptr) == sockets.server.get());
}
