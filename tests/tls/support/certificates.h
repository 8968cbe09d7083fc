#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/tls/ca.h"
#include "lib/tls/leaf.h"
#include "lib/tls/trust.h"

/// Certificates with any fault a test wants.
namespace mitm::test {

Time now();

struct CertificateSpec {
  std::string common_name = {};
  std::vector<std::string> names = {};  ///< host names and addresses for subjectAltName
  std::chrono::days begins = std::chrono::days(-1);  ///< from now
  std::chrono::days ends = std::chrono::days(30);    ///< from now
  const char* basic_constraints = "critical,CA:FALSE";
  const char* key_usage = nullptr;
  const char* name_constraints = nullptr;
  tls::KeyType key = tls::KeyType::kEc;
};

struct Identity {
  tls::X509Ptr certificate;
  tls::PkeyPtr key;
};

Identity make_self_signed(const CertificateSpec& spec);
Identity make_signed(const CertificateSpec& spec, const tls::CertificateAuthority& ca);

Identity make_signed(const CertificateSpec& spec, const Identity& issuer);

/// As mitm-ca init --permit makes it.
tls::CaOptions permitting(const std::vector<std::string>& words);

/// Not made by us: `constraints` as x509v3_config(5) has them.
tls::CertificateAuthority make_constrained_ca(const char* constraints);

/// What a server presents, for a ClientLeg that plays the server.
tls::Leaf to_leaf(Identity identity);

/// One CA for all tests of a process.
const tls::CertificateAuthority& shared_ca();

/// Trusts this certificate and nothing else.
tls::TrustStore trust_only(const X509* certificate);

}  // namespace mitm::test
