#include "lib/tls/close_notify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/leg_state.h"

namespace mitm::tls {

CloseNotify send_close_notify(SSL* ssl) {
  LegState* state = leg_state(ssl);
  if (state == nullptr || SSL_is_init_finished(ssl) == 0) return CloseNotify::kFailed;
  // Once it is sent, SSL_shutdown would go on to read what the peer still sends.
  if (state->close_notify_sent) return CloseNotify::kSent;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl);
  const int reason = result < 0 ? SSL_get_error(ssl, result) : SSL_ERROR_NONE;
  ERR_clear_error();
  if (reason == SSL_ERROR_WANT_WRITE) return CloseNotify::kWantsWrite;
  if (reason != SSL_ERROR_NONE) return CloseNotify::kFailed;
  state->close_notify_sent = true;
  return CloseNotify::kSent;
}

}  // namespace mitm::tls
