#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/ca_path.h"
#include "lib/tls/handles.h"
#include "lib/tls/identity_file.h"
#include "lib/tls/key.h"
#include "lib/tls/name_constraints.h"
#include "lib/tls/passphrase.h"

namespace mitm::tls {

/// How to make a new certificate authority.
struct CaOptions {
  static constexpr int kMaxDays = 36'500;
  /// It is valid for that long before it was made, for clients whose clock is late.
  static constexpr auto kBackdate = std::chrono::days(2);

  std::string name = {};       ///< common name, at most 64 characters; empty: default_ca_name()
  int days = 3650;             ///< from now on
  KeyType key = KeyType::kEc;  ///< P-256, or RSA with 3072 bits
  /// What it may sign, values of extensions in DER: see encode_name_constraints(); empty: anything.
  Bytes name_constraints = {};
  Bytes key_purposes = {};  ///< extendedKeyUsage
};

/// "mitmkit CA (user@host)", cut to what a common name may hold.
std::string default_ca_name();
std::string default_ca_name(std::string_view user, std::string_view host);

/// What signs, with its private key, and the certificate that clients trust: the *anchor*. As a
/// rule both are one certificate, and then there is no path between them. In memory; never changes,
/// so any thread may use it.
class CertificateAuthority {
 public:
  /// Makes a new key and signs it: RFC 5280 with critical basicConstraints CA:TRUE and path length
  /// 0, critical keyUsage keyCertSign and cRLSign, and a subjectKeyIdentifier.
  ///
  /// A CA with name constraints is two: an anchor whose key is thrown away, and the CA that
  /// it signed, both constrained. Some verifiers (Java) do not look at the constraints of what they
  /// trust, only at those of what that signed.
  static Result<CertificateAuthority> create(const CaOptions& options, Time now);

  /// Takes what was stored, certificates in any order. Refuses a key to which none of them belongs,
  /// and what check_path() does. `name` is what errors call it.
  static Result<CertificateAuthority> from_pem(ByteView certificates, ByteView key, Time now,
                                               const std::string& name,
                                               const AskPassphrase& ask = {});
  static Result<CertificateAuthority> from_parts(KeyAndCertificates parts, Time now,
                                                 const std::string& name);

  /// Of the anchor.
  [[nodiscard]] const flow::Certificate& facts() const { return facts_; }
  [[nodiscard]] Result<Bytes> certificate_pem() const;
  /// The anchor first, then what leads from it to the certificate that signs.
  [[nodiscard]] Result<Bytes> all_certificates_pem() const;
  /// Not encrypted when `passphrase` is empty: keep it where only its owner can read it.
  [[nodiscard]] Result<Bytes> key_pem(const std::string& passphrase = {}) const;

  /// When all its certificates are valid.
  [[nodiscard]] Time not_before() const { return validity_.not_before; }
  [[nodiscard]] Time not_after() const { return validity_.not_after; }
  [[nodiscard]] const CaValidity& validity() const { return validity_; }
  /// What it may sign: what none of its certificates forbids.
  [[nodiscard]] const NameConstraints& constraints() const { return constraints_; }

  /// From what signs to the anchor.
  [[nodiscard]] const CaPath& path() const { return path_; }
  /// The certificate that signs.
  [[nodiscard]] const x509_st* certificate() const { return path_.front().get(); }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  /// What must be sent besides a leaf, in that order: everything below the anchor.
  [[nodiscard]] std::vector<X509Ptr> issuers() const;

 private:
  CertificateAuthority(CaPath path, PkeyPtr key);

  CaPath path_;  ///< never empty
  PkeyPtr key_;
  flow::Certificate facts_;
  CaValidity validity_;
  NameConstraints constraints_;
};

}  // namespace mitm::tls
