#pragma once

#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/tls/ca.h"
#include "lib/tls/leaf.h"

namespace mitm::tls {

/// A certificate for somebody who is not a client of ours: a server, or a client of such servers.
struct IssueOptions {
  static constexpr int kMaxDays = 36'500;
  /// Apple's clients refuse servers whose certificates last longer than 825 days.
  static constexpr int kMaxServerDays = 824;

  std::vector<std::string> names = {};  ///< the first is its common name too
  bool client = false;  ///< for TLS clients; names may then be e-mail addresses and plain words
  int days = kMaxServerDays;  ///< from now on, but never beyond the CA
  KeyType key = KeyType::kEc;
};

/// Makes a new key and signs a certificate for it. kUsage with a hint for a name that no
/// certificate can carry, and for one that the CA may not sign.
Result<Leaf> issue(const CertificateAuthority& ca, const IssueOptions& options, Time now);

}  // namespace mitm::tls
