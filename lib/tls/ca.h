#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/key.h"

namespace mitm::tls {

/// How to make a new certificate authority.
struct CaOptions {
  static constexpr int kMaxDays = 36'500;

  std::string name = {};  ///< common name, at most 64 characters; empty: default_ca_name()
  int days = 3650;  ///< from now on; it is valid for two days before, for clocks that are late
  KeyType key = KeyType::kEc;  ///< P-256, or RSA with 3072 bits
};

/// "mitmkit CA (user@host)", cut to what a common name may hold.
std::string default_ca_name();
std::string default_ca_name(std::string_view user, std::string_view host);

/// A root certificate with its private key, both in memory. Never changes, so any thread may use
/// it.
class CertificateAuthority {
 public:
  /// Makes a new key and signs it: RFC 5280 with critical basicConstraints CA:TRUE and path length
  /// 0, critical keyUsage keyCertSign and cRLSign, and a subjectKeyIdentifier.
  static Result<CertificateAuthority> create(const CaOptions& options, Time now);

  /// Takes what was stored. Refuses a key that does not belong to the certificate, a certificate
  /// that may not sign others, and one that is not valid at `now`. `name` is what errors call it.
  static Result<CertificateAuthority> from_pem(ByteView certificate, ByteView key, Time now,
                                               const std::string& name);

  [[nodiscard]] const flow::Certificate& facts() const { return facts_; }
  [[nodiscard]] Result<Bytes> certificate_pem() const;
  /// Not encrypted: keep it where only its owner can read it.
  [[nodiscard]] Result<Bytes> key_pem() const;

  [[nodiscard]] const x509_st* certificate() const { return certificate_.get(); }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

 private:
  CertificateAuthority(X509Ptr certificate, PkeyPtr key);

  X509Ptr certificate_;
  PkeyPtr key_;
  flow::Certificate facts_;
};

}  // namespace mitm::tls
