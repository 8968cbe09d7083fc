#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/error.h"
#include "lib/tls/leg.h"
#include "lib/tls/leg_state.h"
#include "lib/tls/prefix_bio.h"
#include "lib/tls/secrets.h"
#include "lib/tls/x509_facts.h"

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

/// Whoever the client is: it has shown that it holds the key, and nobody is let in for that.
int note_client_chain(X509_STORE_CTX* context, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  std::vector<const X509*> certificates;
  const STACK_OF(X509)* stack = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(stack); ++i) certificates.push_back(sk_X509_value(stack, i));
  leg_state(ssl)->client_chain =
      std::make_shared<const flow::CertificateChain>(chain_facts(certificates));
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
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
  if (options.key_log || options.keep_secrets) watch_secrets(context.get());
  if (options.ask_certificate) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), note_client_chain, nullptr);
  }
  return ClientLeg(std::move(context), options);
}

Result<SslPtr> ClientLeg::start(int fd, Bytes already_read, const Leaf& leaf,
                                std::string alpn) const {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return fail_tls("set up TLS to client");
  MITM_TRY(leaf.present(ssl.get()));
  auto state = std::make_unique<LegState>();
  state->key_log = key_log_;
  state->keeps_secrets = keep_secrets_;
  state->alpn = std::move(alpn);
  state->presented = leaf.chain();
  MITM_TRY(attach_state(ssl.get(), std::move(state)));
  MITM_TRY(set_bios(ssl.get(), fd, std::move(already_read)));
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace mitm::tls
