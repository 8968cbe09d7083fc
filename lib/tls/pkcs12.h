#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/handles.h"

/// Archives in PKCS #12 (RFC 7292), encrypted with AES-256, their MAC with SHA-256. `name` is what
/// programs that open them show.
namespace mitm::tls {

/// A certificate that whoever opens it is to trust; Java does only when it is marked so, and it is.
Result<Bytes> trusted_to_pkcs12(const x509_st* certificate, const std::string& name,
                                const std::string& password);

/// A private key with its certificate and the issuers of that.
Result<Bytes> identity_to_pkcs12(const evp_pkey_st* key, const x509_st* certificate,
                                 const std::vector<X509Ptr>& issuers, const std::string& name,
                                 const std::string& password);

}  // namespace mitm::tls
