#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/error.h"
#include "lib/tls/leg.h"
#include "lib/tls/leg_state.h"
#include "lib/tls/prefix_bio.h"

namespace mitm::tls {
namespace {

constexpr std::string_view kSessionContext = "mitmkit";

/// Looks for our one protocol in the client's ProtocolNameList (RFC 7301, section 3.1).
int choose_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned int offered_size, void*) {
  const std::string& wanted = leg_state(ssl)->alpn;
  std::string_view rest(reinterpret_cast<const char*>(offered), offered_size);
  while (!wanted.empty() && !rest.empty()) {
    const std::size_t size = static_cast<unsigned char>(rest.front());
    const std::string_view protocol = rest.substr(1, size);
    if (protocol == wanted) {
      *chosen = octets(protocol);
      *chosen_size = static_cast<unsigned char>(protocol.size());
      return SSL_TLSEXT_ERR_OK;
    }
    rest.remove_prefix(std::min(rest.size(), 1 + size));
  }
  return SSL_TLSEXT_ERR_NOACK;
}

Status set_bios(SSL* ssl, int fd, Bytes already_read) {
  auto reader = make_prefix_bio(std::move(already_read), BioPtr(BIO_new_socket(fd, BIO_NOCLOSE)));
  if (!reader) return std::unexpected(std::move(reader).error());
  BioPtr writer(BIO_new_socket(fd, BIO_NOCLOSE));
  if (!writer) return fail_tls("set up TLS to client");
  SSL_set_bio(ssl, reader->release(), writer.release());  // ssl takes the BIOs
  return {};
}

}  // namespace

Result<ClientLeg> ClientLeg::create(const ClientLegOptions& options) {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail_tls("make TLS context");
  MITM_TRY(set_versions(context.get(), options.versions));
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_dh_auto(context.get(), 1);
  // Tickets carry the sessions, and their keys are made with the context.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_session_id_context(context.get(), octets(kSessionContext),
                                     kSessionContext.size()) != 1) {
    return fail_tls("set session context");
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  if (options.key_log) options.key_log->watch(context.get());
  return ClientLeg(std::move(context), options.key_log);
}

Result<SslPtr> ClientLeg::start(int fd, Bytes already_read, const Leaf& leaf,
                                std::string alpn) const {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return fail_tls("set up TLS to client");
  MITM_TRY(leaf.present(ssl.get()));
  auto state = std::make_unique<LegState>();
  state->alpn = std::move(alpn);
  state->presented = leaf.chain();
  MITM_TRY(attach_state(ssl.get(), std::move(state)));
  MITM_TRY(set_bios(ssl.get(), fd, std::move(already_read)));
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace mitm::tls
