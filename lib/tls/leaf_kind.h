#pragma once

#include "lib/base/error.h"
#include "lib/tls/ca.h"
#include "lib/tls/handles.h"
#include "lib/tls/key.h"

namespace mitm::tls {

/// What all leaves with keys of one type have in common: the key, the issuer, and all extensions
/// but their names. Made once, because it takes longer than to sign. Any thread.
class LeafKind {
 public:
  /// With a new key: P-256, or RSA with 2048 bits. `ca` is needed no longer than that.
  static Result<LeafKind> create(KeyType type, const CertificateAuthority& ca);

  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  /// Writes it into a new certificate. False when OpenSSL refused, as x509_build.h says.
  bool imprint(x509_st* leaf) const;

 private:
  LeafKind(PkeyPtr key, X509Ptr pattern) : key_(std::move(key)), pattern_(std::move(pattern)) {}

  PkeyPtr key_;
  X509Ptr pattern_;  ///< a leaf without subject, names, dates and signature
};

}  // namespace mitm::tls
