#include "lib/tls/leg_state.h"

#include <openssl/err.h>

#include "lib/tls/error.h"

namespace mitm::tls {
namespace {

void free_state(void*, void* state, CRYPTO_EX_DATA*, int, long, void*) {
  const std::unique_ptr<LegState> owned(static_cast<LegState*>(state));
}

int state_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_state);
  return index;
}

}  // namespace

Status attach_state(SSL* ssl, std::unique_ptr<LegState> state) {
  const bool attached = SSL_set_ex_data(ssl, state_index(), state.get()) == 1 &&
                        state.release() != nullptr;  // free_state frees it with ssl
  return attached ? Status{} : fail_tls("set up TLS");
}

LegState* leg_state(const SSL* ssl) {
  return static_cast<LegState*>(SSL_get_ex_data(ssl, state_index()));
}

std::shared_ptr<const Examination> examination_of(const SSL* ssl) {
  const LegState* state = leg_state(ssl);
  if (state == nullptr) return nullptr;
  if (state->examined) return state->examined;
  const bool resumed = SSL_session_reused(ssl) == 1 && state->resumption.offered;
  return resumed ? state->resumption.offered->examination : nullptr;
}

}  // namespace mitm::tls
