#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/revocation.h"
#include "lib/tls/verify.h"

namespace mitm::tls {

/// What is wrong with a server's certificate, one entry per reason.
struct VerifyFinding {
  VerifyKind kind = VerifyKind::kOther;
  std::string sentence;
};

/// What a full handshake told about the server's certificate. Connections that resume its session
/// see no certificate and have this to go by.
struct Examination {
  std::vector<VerifyFinding> findings;  ///< none: it is good for the name that was wanted
  std::shared_ptr<const flow::CertificateChain> chain;
  Staple staple;
  std::shared_ptr<const flow::CertificateChain> identity;  ///< what we presented; null: nothing
  Time good_until;  ///< when it has to be looked at again; of one that is good
};

}  // namespace mitm::tls
