#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/tls/chain_cache.h"
#include "lib/tls/verified_chains.h"
#include "lib/tls/verify.h"

namespace mitm::tls {

/// What is wrong with a server's certificate, one entry per reason.
struct VerifyFinding {
  VerifyKind kind = VerifyKind::kOther;
  std::string sentence;
};

/// What a leg knows about one SSL beyond what OpenSSL does; lives and dies with it.
struct LegState {
  bool close_notify_sent = false;

  // Server leg.
  std::string verify_name;
  bool insecure = false;
  bool verified = false;  ///< verification ran; findings has its result
  std::vector<VerifyFinding> findings;
  std::shared_ptr<ChainCache> chains;
  std::shared_ptr<VerifiedChains> verified_chains;

  // Client leg.
  std::string alpn;
  std::shared_ptr<const flow::CertificateChain> presented;
};

/// Gives `ssl` its state. Once per SSL.
Status attach_state(SSL* ssl, std::unique_ptr<LegState> state);

/// nullptr for an SSL that no leg made.
LegState* leg_state(const SSL* ssl);

}  // namespace mitm::tls
