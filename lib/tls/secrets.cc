#include "lib/tls/secrets.h"

#include <openssl/ssl.h>

#include "lib/tls/leg_state.h"

namespace mitm::tls {
namespace {

void on_line(const SSL* ssl, const char* line) {
  LegState& state = *leg_state(ssl);
  if (state.key_log) state.key_log->write(line);
  if (state.keeps_secrets) state.secrets.append(line).push_back('\n');
}

}  // namespace

void watch_secrets(SSL_CTX* context) { SSL_CTX_set_keylog_callback(context, on_line); }

}  // namespace mitm::tls
