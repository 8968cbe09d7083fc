#include "lib/tls/close_notify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/layers.h"
#include "lib/tls/leg_state.h"

namespace mitm::tls {

namespace {

CloseNotify send_own(SSL* ssl) {
  LegState* state = leg_state(ssl);
  if (state == nullptr || SSL_is_init_finished(ssl) == 0) return CloseNotify::kFailed;
  // Once it is sent, SSL_shutdown would go on to read what the peer still sends.
  if (state->close_notify_sent) return CloseNotify::kSent;
  ERR_clear_error();
  // Those below another connection are quiet otherwise.
  const int quiet = SSL_get_quiet_shutdown(ssl);
  SSL_set_quiet_shutdown(ssl, 0);
  const int result = SSL_shutdown(ssl);
  SSL_set_quiet_shutdown(ssl, quiet);
  const int reason = result < 0 ? SSL_get_error(ssl, result) : SSL_ERROR_NONE;
  ERR_clear_error();
  if (reason == SSL_ERROR_WANT_WRITE) return CloseNotify::kWantsWrite;
  if (reason != SSL_ERROR_NONE) return CloseNotify::kFailed;
  state->close_notify_sent = true;
  return CloseNotify::kSent;
}

}  // namespace

CloseNotify send_close_notify(SSL* ssl) {
  const CloseNotify sent = send_own(ssl);
  SSL* below = layer_below(ssl);
  return sent == CloseNotify::kSent && below != nullptr ? send_close_notify(below) : sent;
}

}  // namespace mitm::tls
