#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/tls/error.h"
#include "lib/tls/layers.h"
#include "lib/tls/leg.h"
#include "lib/tls/leg_state.h"
#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/resumption.h"
#include "lib/tls/revocation.h"
#include "lib/tls/secrets.h"
#include "lib/tls/verify.h"
#include "lib/tls/verify_callback.h"

namespace mitm::tls {
namespace {

/// ProtocolNameList of RFC 7301, section 3.1, without its outer length.
Result<Bytes> encode_alpn(const std::vector<std::string>& protocols) {
  Bytes list;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      return fail(Code::kProtocol,
                  fmt::format("ALPN: a protocol name of {} octets", protocol.size()));
    }
    list += static_cast<char>(protocol.size());
    list += protocol;
  }
  return list;
}

Status set_alpn(SSL* ssl, const std::vector<std::string>& protocols) {
  if (protocols.empty()) return {};
  const auto list = encode_alpn(protocols);
  if (!list) return std::unexpected(list.error());
  // Zero means success, for this function only.
  if (SSL_set_alpn_protos(ssl, octets(*list), static_cast<unsigned int>(list->size())) != 0) {
    return fail_tls("set ALPN");
  }
  return {};
}

Status set_sni(SSL* ssl, const std::string& sni) {
  if (sni.empty()) return {};
  if (sni.find('\0') != std::string::npos || SSL_set_tlsext_host_name(ssl, sni.c_str()) != 1) {
    ERR_clear_error();
    return fail(Code::kProtocol, fmt::format("'{}' cannot be sent as SNI", printable(sni)));
  }
  return {};
}

Status set_verify_name(SSL* ssl, std::string_view name) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (const auto ip = parse_ip(name)) {
    if (X509_VERIFY_PARAM_set1_ip(parameters, octets(*ip), ip->size()) == 1) return {};
    return fail_tls("set address to verify");
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!name.empty() && X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) == 1)
    return {};
  ERR_clear_error();
  return fail(Code::kProtocol,
              fmt::format("'{}' is no name that a certificate could be for", printable(name)));
}

/// Called when the server has asked for a certificate, after its own was looked at. An impostor
/// does not learn who we are.
int present_identity(SSL* ssl, void*) {
  LegState& state = *leg_state(ssl);
  state.identity_wanted = true;
  note_staple(ssl);
  if (!state.identity || !verify_outcome(ssl).accepted) return 1;
  state.identity_presented = state.identity->present(ssl).has_value();
  if (state.identity_presented && state.examined)
    state.examined->identity = state.identity->chain();
  return state.identity_presented ? 1 : 0;
}

}  // namespace

ServerLeg::ServerLeg(SslCtxPtr context, const ServerLegOptions& options)
    : key_log_(options.key_log),
      keep_secrets_(options.keep_secrets),
      context_(std::move(context)),
      chains_(std::make_shared<ChainCache>()),
      verified_(std::make_shared<VerifiedChains>()),
      sessions_(std::make_shared<SessionCache>()),
      insecure_(options.insecure) {}

Result<ServerLeg> ServerLeg::create(const TrustStore& trust, const ServerLegOptions& options) {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail_tls("make TLS context");
  MITM_TRY(set_versions(context.get(), options.versions));
  SSL_CTX_set1_cert_store(context.get(), trust.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), verify_and_note, nullptr);
  SSL_CTX_set_cert_cb(context.get(), present_identity, nullptr);
  keep_sessions(context.get());
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ask_for_staples(context.get());
  if (options.key_log || options.keep_secrets) watch_secrets(context.get());
  return ServerLeg(std::move(context), options);
}

Result<SslPtr> ServerLeg::start(int fd, const ServerHandshake& handshake) const {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return fail_tls("set up TLS to server");
  MITM_TRY(prepare(ssl.get(), handshake));
  return ssl;
}

Result<SslPtr> ServerLeg::start(SslPtr below, const ServerHandshake& handshake) const {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return fail_tls("set up TLS to server");
  if (Status prepared = prepare(ssl.get(), handshake); !prepared) {
    settle_session(below.get());
    return std::unexpected(std::move(prepared).error());
  }
  MITM_TRY(put_over(ssl.get(), std::move(below)));
  return ssl;
}

Status ServerLeg::prepare(SSL* ssl, const ServerHandshake& handshake) const {
  auto state = std::make_unique<LegState>();
  state->key_log = key_log_;
  state->keeps_secrets = keep_secrets_;
  state->verify_name = handshake.verify_name;
  state->insecure = insecure_ || handshake.insecure;
  state->chains = chains_;
  state->verified_chains = verified_;
  if (!handshake.target.host.empty()) {
    state->resumption = {.cache = sessions_, .key = session_key(handshake), .offered = nullptr};
  }
  state->identity = handshake.identity;
  MITM_TRY(attach_state(ssl, std::move(state)));
  MITM_TRY(set_sni(ssl, handshake.sni));
  MITM_TRY(set_alpn(ssl, handshake.alpn));
  MITM_TRY(set_verify_name(ssl, handshake.verify_name));
  SSL_set_connect_state(ssl);
  offer_session(ssl);
  return {};
}

bool withheld_identity(const SSL* ssl) {
  const LegState* state = leg_state(ssl);
  return state != nullptr && state->identity_wanted && state->identity &&
         !state->identity_presented;
}

bool lacks_identity(const SSL* ssl) {
  const LegState* state = leg_state(ssl);
  return state != nullptr && state->identity_wanted && !state->identity;
}

}  // namespace mitm::tls
