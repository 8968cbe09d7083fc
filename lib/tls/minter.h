#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/tls/ca.h"
#include "lib/tls/certificate_signer.h"
#include "lib/tls/leaf.h"
#include "lib/tls/leaf_kind.h"

namespace mitm::tls {

/// Makes leaf certificates. One P-256 key, and one RSA key once it is needed, serve all leaves of a
/// process; neither is the CA's. Any thread. `ca` must outlive it.
class LeafMinter {
 public:
  static Result<std::unique_ptr<LeafMinter>> create(const CertificateAuthority& ca);

  /// Names: host, then `besides`, then common name and subjectAltName (DNS and IP) of the original,
  /// each once, but after the host only those that the CA may certify.
  /// Valid from two days before `now` for 197 days in all, but never beyond the CA. Fails when
  /// there is no name that a certificate can carry, and when the CA is not valid at `now`.
  Result<std::shared_ptr<const Leaf>> mint(const LeafRequest& request, Time now);

 private:
  LeafMinter(const CertificateAuthority& ca, LeafKind ec, CertificateSigner signer)
      : ca_(ca), ec_(std::move(ec)), signer_(std::move(signer)) {}
  Result<const LeafKind*> kind_of(KeyType type);

  const CertificateAuthority& ca_;
  const LeafKind ec_;
  const CertificateSigner signer_;
  std::mutex rsa_mutex_;
  std::optional<LeafKind> rsa_;  ///< made under rsa_mutex_, and stays as it is
};

}  // namespace mitm::tls
