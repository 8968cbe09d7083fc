#include "tests/tls/support/connection.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace mitm::test {
namespace {

/// Oldest first.
std::vector<unsigned long> drain_error_codes() {
  std::vector<unsigned long> codes;
  while (const unsigned long code = ERR_get_error()) codes.push_back(code);
  return codes;
}

void step(SSL* ssl, HandshakeEnd& end) {
  if (end.done || end.failed) return;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl);
  if (result == 1) {
    end.done = true;
    return;
  }
  const int reason = SSL_get_error(ssl, result);
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return;
  end.failed = true;
  end.codes = drain_error_codes();
}

/// TLS 1.3 clients are done before the server has judged them, and its alert comes afterwards.
void look_for_late_alert(SSL* ssl, HandshakeEnd& end) {
  char byte = 0;
  ERR_clear_error();
  const int result = SSL_peek(ssl, &byte, 1);
  if (result > 0 || SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ) return;
  end.done = false;
  end.failed = true;
  end.codes = drain_error_codes();
}

}  // namespace

SocketPair::SocketPair() {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  client = Fd(ends[0]);
  server = Fd(ends[1]);
}

HandshakeResult shake_hands(SSL* client, SSL* server) {
  constexpr int kRounds = 20;
  HandshakeResult result;
  for (int round = 0; round < kRounds && !result.ok(); ++round) {
    step(client, result.client);
    step(server, result.server);
  }
  if (result.client.done && result.server.failed) look_for_late_alert(client, result.client);
  if (result.server.done && result.client.failed) look_for_late_alert(server, result.server);
  return result;
}

std::string send_across(SSL* from, SSL* to, const std::string& text) {
  REQUIRE(SSL_write(from, text.data(), static_cast<int>(text.size())) ==
          static_cast<int>(text.size()));
  std::string received(text.size() + 1, '\0');
  const int got = SSL_read(to, received.data(), static_cast<int>(received.size()));
  received.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return received;
}

tls::SslPtr stock_client(int fd, const X509* ca_certificate, const std::string& host) {
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (ca_certificate != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), const_cast<X509*>(ca_certificate));
  }
  tls::SslPtr ssl(SSL_new(context.get()));
  X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl.get()), X509_V_FLAG_X509_STRICT);
  REQUIRE(SSL_set1_host(ssl.get(), host.c_str()) == 1);
  REQUIRE(SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1);
  REQUIRE(SSL_set_fd(ssl.get(), fd) == 1);
  SSL_set_connect_state(ssl.get());
  return ssl;
}

LegPair connect_legs(const tls::ServerLeg& connecting, const tls::ServerHandshake& handshake,
                     const tls::ClientLeg& accepting, const tls::Leaf& leaf, std::string alpn) {
  LegPair pair;
  pair.client = connecting.start(pair.sockets.client.get(), handshake).value();
  pair.server = accepting.start(pair.sockets.server.get(), {}, leaf, std::move(alpn)).value();
  pair.result = shake_hands(pair.client.get(), pair.server.get());
  return pair;
}

}  // namespace mitm::test
