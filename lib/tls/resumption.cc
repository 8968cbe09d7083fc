#include "lib/tls/resumption.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

#include "lib/tls/layers.h"
#include "lib/tls/leg.h"
#include "lib/tls/leg_state.h"

namespace mitm::tls {
namespace {

/// Parts may hold any octet.
void add_part(std::string& key, std::string_view part) {
  fmt::format_to(std::back_inserter(key), "{}:{}", part.size(), part);
}

/// How long a session that just began may be resumed.
std::chrono::seconds lifetime(const SSL_SESSION* session) {
  const std::chrono::seconds ours(std::max(0L, SSL_SESSION_get_timeout(session)));
  const std::chrono::seconds hint(SSL_SESSION_get_ticket_lifetime_hint(session));
  // Before TLS 1.3 zero means that the server does not say (RFC 5077, section 3.3).
  const bool unsaid =
      SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION && hint.count() == 0;
  return unsaid ? ours : std::min(ours, hint);
}

/// Takes the caller's reference if it returns 1.
int on_new_session(SSL* ssl, SSL_SESSION* session) {
  const LegState* state = leg_state(ssl);
  if (state == nullptr || !state->resumption.cache) return 0;
  // Who resumes is not asked again for the certificate that was missing.
  if (lacks_identity(ssl)) return 0;
  auto examination = examination_of(ssl);
  if (!examination || !examination->findings.empty()) return 0;
  if (SSL_SESSION_is_resumable(session) == 0) return 0;
  const Time now = SystemClock().now();
  const Time until = std::min(examination->good_until, now + lifetime(session));
  if (until <= now) return 0;
  const bool once = SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
  auto kept = std::make_shared<const ServerSession>(
      ServerSession{SessionPtr(session), std::move(examination), until, once});
  state->resumption.cache->keep(state->resumption.key, std::move(kept), now);
  return 1;
}

}  // namespace

std::string session_key(const ServerHandshake& handshake) {
  std::string key;
  add_part(key, handshake.target.host);
  add_part(key, fmt::to_string(handshake.target.port));
  add_part(key, handshake.sni);
  add_part(key, handshake.verify_name);
  add_part(key, handshake.identity ? handshake.identity->facts().sha256 : "");
  for (const std::string& protocol : handshake.alpn) add_part(key, protocol);
  return key;
}

void keep_sessions(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
}

void offer_session(SSL* ssl) {
  Resumption& resumption = leg_state(ssl)->resumption;
  if (!resumption.cache) return;
  auto session = resumption.cache->take(resumption.key, SystemClock().now());
  if (session && SSL_set_session(ssl, session->session.get()) == 1) {
    resumption.offered = std::move(session);
  }
  ERR_clear_error();
}

void settle_session(SSL* ssl) {
  if (SSL* below = layer_below(ssl)) settle_session(below);
  const LegState* state = leg_state(ssl);
  if (state == nullptr) return;
  const auto& [cache, key, offered] = state->resumption;
  if (SSL_is_init_finished(ssl) == 1) {
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_SENT_SHUTDOWN);
    if (offered) cache->note_answer(key, SSL_session_reused(ssl) == 1, SystemClock().now());
  } else if (offered) {
    cache->forget(key);
  }
}

}  // namespace mitm::tls
