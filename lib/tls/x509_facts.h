#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

/// What people ask about a certificate. Whatever it does not have, or has in a form that cannot be
/// read, is left empty; times beyond what Time can hold are clamped to its ends.
flow::Certificate certificate_facts(const x509_st* certificate);

/// The same for a whole chain, leaf first, with its id.
flow::CertificateChain chain_facts(const std::vector<const x509_st*>& certificates);

/// Id of the chain with these certificates: SHA-256 of all their DER, 32 octets.
Bytes chain_id(const std::vector<const x509_st*>& certificates);

/// The exact octets; empty when the certificate cannot be encoded.
Bytes certificate_der(const x509_st* certificate);

Time certificate_not_before(const x509_st* certificate);
Time certificate_not_after(const x509_st* certificate);

/// First value of this attribute (NID_commonName, …) as UTF-8; empty when there is none.
std::string name_entry(const X509_name_st* name, int nid);
/// The same of a certificate's subject.
std::string subject_entry(const x509_st* certificate, int nid);

enum class Digest : std::uint8_t { kSha1, kSha256 };
/// "AB:CD:…", as browsers and openssl show fingerprints of `der`.
std::string fingerprint(ByteView der, Digest digest);

/// "0123abcd": how Android names the file of a trusted certificate with this subject
/// (`openssl x509 -subject_hash_old`).
std::string subject_hash_old(const x509_st* certificate);

/// What `openssl x509 -text` prints.
std::string certificate_text(const x509_st* certificate);

}  // namespace mitm::tls
