#pragma once

#include <optional>
#include <span>

#include "lib/base/error.h"
#include "lib/flow/facts.h"

namespace mitm::tls {

/// Why a TLS connection failed.
struct TlsFailure {
  Error error;  ///< "client sent alert 48 (unknown ca): it does not trust the mitmkit CA"
  std::optional<int> alert;  ///< the alert that the peer sent
};

/// Explains OpenSSL error codes, oldest first: kTls. No codes at all mean that the peer closed the
/// connection: kPeer. `peer` is who is at the other end.
TlsFailure explain_failure(flow::Side peer, std::span<const unsigned long> codes);

}  // namespace mitm::tls
