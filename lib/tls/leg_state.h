#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/tls/chain_cache.h"
#include "lib/tls/examination.h"
#include "lib/tls/key_log.h"
#include "lib/tls/leaf.h"
#include "lib/tls/session_cache.h"
#include "lib/tls/verified_chains.h"

namespace mitm::tls {

/// Where a connection's session comes from and where new ones go.
struct Resumption {
  std::shared_ptr<SessionCache> cache;  ///< null: no session is resumed or kept
  std::string key;
  std::shared_ptr<const ServerSession> offered;  ///< to the server, which may decline; or null
};

/// What a leg knows about one SSL beyond what OpenSSL does; lives and dies with it.
struct LegState {
  bool close_notify_sent = false;
  std::shared_ptr<KeyLog> key_log;  ///< null: none
  bool keeps_secrets = false;
  Bytes secrets;  ///< lines for a key log

  // Server leg.
  std::string verify_name;
  bool insecure = false;
  std::shared_ptr<const Leaf> identity;  ///< for a server that asks, and is who it should be
  bool identity_wanted = false;          ///< it asked
  bool identity_presented = false;
  std::shared_ptr<Examination> examined;  ///< in this handshake; null: there was no certificate
  std::shared_ptr<ChainCache> chains;
  std::shared_ptr<VerifiedChains> verified_chains;
  Resumption resumption;

  // Client leg.
  std::string alpn;
  std::shared_ptr<const flow::CertificateChain> presented;
  std::shared_ptr<const flow::CertificateChain> client_chain;  ///< null: none came
};

/// Gives `ssl` its state. Once per SSL.
Status attach_state(SSL* ssl, std::unique_ptr<LegState> state);

/// nullptr for an SSL that no leg made.
LegState* leg_state(const SSL* ssl);

/// What is known about the certificate of the server that `ssl`, of a ServerLeg, is connected to.
/// nullptr: it has presented none, nor did it resume a session in which it had.
std::shared_ptr<const Examination> examination_of(const SSL* ssl);

}  // namespace mitm::tls
