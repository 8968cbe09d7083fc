#include "lib/tls/session_facts.h"

#include <openssl/ssl.h>

#include "lib/tls/leg_state.h"
#include "lib/tls/verify.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

std::string group_name(SSL* ssl) {
  // OpenSSL looks into the session without asking whether there is one.
  if (SSL_get_session(ssl) == nullptr) return {};
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  if (group != NID_undef) return text_or_empty(SSL_group_to_name(ssl, group));
  // TLS 1.2 clients learn the group from the server's ephemeral key only.
  EVP_PKEY* raw = nullptr;
  if (SSL_get_peer_tmp_key(ssl, static_cast<void*>(&raw)) != 1) return {};
  const PkeyPtr key(raw);
  char name[64] = {};
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_X25519) return "x25519";
  if (EVP_PKEY_get_group_name(key.get(), name, sizeof name, nullptr) != 1) return {};
  return std::string_view(name) == "prime256v1" ? "secp256r1" : name;
}

void add_server_facts(const SSL* ssl, flow::TlsFacts& facts) {
  facts.verify = verify_outcome(ssl).reason;
  if (const auto examination = examination_of(ssl)) {
    facts.chain = examination->chain;
    if (!facts.resumed) facts.ocsp = examination->staple.answer;
    facts.revocation = examination->staple.says;
    facts.client_chain = examination->identity;
  }
}

void add_client_facts(const SSL* ssl, flow::TlsFacts& facts) {
  const LegState* state = leg_state(ssl);
  if (state == nullptr) return;
  facts.chain = state->presented;
  facts.client_chain = state->client_chain;
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  // A ticket carries no more than that.
  if (!facts.client_chain && certificate != nullptr)
    facts.client_chain = std::make_shared<const flow::CertificateChain>(chain_facts({certificate}));
}

}  // namespace

flow::TlsFacts session_facts(const SSL* ssl, flow::Side side) {
  flow::TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl)) {
    facts.cipher = text_or_empty(SSL_CIPHER_standard_name(cipher));
  }
  facts.group = group_name(const_cast<SSL*>(ssl));
  facts.sni = text_or_empty(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn != nullptr) facts.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  facts.resumed = SSL_session_reused(ssl) == 1;
  if (side == flow::Side::kServer) {
    add_server_facts(ssl, facts);
  } else {
    add_client_facts(ssl, facts);
  }
  if (const LegState* state = leg_state(ssl)) facts.secrets = state->secrets;
  return facts;
}

}  // namespace mitm::tls
