#include "lib/tls/io.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

#include "lib/tls/layers.h"

namespace mitm::tls {
namespace {

/// What `result`, returned by OpenSSL, stands for.
IoResult outcome(const SSL* ssl, int result, std::size_t octets) {
  if (result > 0) return {.octets = octets, .errors = {}};
  const int error_number = errno;
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return {.state = IoState::kWantsRead, .errors = {}};
    case SSL_ERROR_WANT_WRITE:
      return {.state = IoState::kWantsWrite, .errors = {}};
    case SSL_ERROR_ZERO_RETURN:
      return {.state = BIO_eof(SSL_get_rbio(ssl)) == 1 ? IoState::kCut : IoState::kEnded,
              .errors = {}};
    default:
      break;
  }
  // The layer below has ended properly, and this one has not.
  if (const SSL* below = layer_below(ssl); below != nullptr &&
                                           (SSL_get_shutdown(below) & SSL_RECEIVED_SHUTDOWN) != 0 &&
                                           ERR_peek_error() == 0)
    return {.state = IoState::kCut, .errors = {}};
  IoResult failed{.state = IoState::kFailed, .system_error = error_number, .errors = {}};
  while (const unsigned long code = ERR_get_error()) failed.errors.push_back(code);
  return failed;
}

}  // namespace

void prepare(SSL* ssl, flow::Side peer) {
  peer == flow::Side::kClient ? SSL_set_accept_state(ssl) : SSL_set_connect_state(ssl);
  SSL_set_read_ahead(ssl, 1);
  // Otherwise a peer that ends without close_notify gets an alert instead of what we still have to
  // say. It looks like a close_notify then, but for the end of the socket.
  SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

bool holds_octets(const SSL* ssl) {
  if (SSL_has_pending(ssl) == 1) return true;
  if (const SSL* below = layer_below(ssl)) return holds_octets(below);
  return BIO_ctrl_pending(SSL_get_rbio(ssl)) > 0;
}

IoResult shake_hands(SSL* ssl) {
  ERR_clear_error();
  errno = 0;
  return outcome(ssl, SSL_do_handshake(ssl), 0);
}

IoResult read(SSL* ssl, std::span<char> buffer) {
  std::size_t filled = 0;
  while (true) {
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl, buffer.data() + filled, buffer.size() - filled, &got);
    filled += got;
    // Another attempt would only ask the socket whether there is more, which its events tell.
    if (result == 1 && filled < buffer.size() && holds_octets(ssl)) continue;
    auto last = outcome(ssl, result, filled);
    last.octets = filled;
    return last;
  }
}

IoResult write(SSL* ssl, ByteView bytes) {
  ERR_clear_error();
  errno = 0;
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl, bytes.data(), bytes.size(), &written);
  const int error_number = errno;
  auto ended = outcome(ssl, result, written);
  // OpenSSL says of every failure after the peer's end that the peer has ended.
  if (ended.state == IoState::kEnded || ended.state == IoState::kCut)
    return {.state = IoState::kFailed, .system_error = error_number, .errors = {}};
  return ended;
}

}  // namespace mitm::tls
