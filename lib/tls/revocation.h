#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/tls/handles.h"

struct stack_st_X509;

namespace mitm::tls {

/// What a server stapled about its certificate (RFC 6066, section 8).
struct Staple {
  Bytes answer;          ///< OCSPResponse (RFC 6960, section 4.2.1), DER; empty: none came
  std::string says;      ///< "good", "revoked on 2026-01-02 (keyCompromise)", "unknown", or why it
                         ///< is of no use; empty: none came
  bool revoked = false;  ///< somebody who may say so says so
};

/// Reads an answer about `certificate`, which came with `chain` (itself included) and is judged by
/// `trust`. Only an answer that is signed by the issuer or whom that told to, and that is fresh,
/// counts. Uses the system's clock.
Staple examine_staple(ByteView answer, x509_st* certificate, stack_st_X509* chain,
                      x509_store_st* trust);

/// From now on `context`'s connections, all of a ServerLeg, ask for answers, and what comes is
/// noted in the Examination; "revoked" is one more finding.
void ask_for_staples(ssl_ctx_st* context);

/// Looks at what came so far, once: OpenSSL tells of it later than it asks for our certificate.
void note_staple(ssl_st* ssl);

}  // namespace mitm::tls
