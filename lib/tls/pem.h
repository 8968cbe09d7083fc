#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/handles.h"

/// Certificates and keys as text (RFC 7468) and in DER.
namespace mitm::tls {

Result<Bytes> certificate_to_pem(const x509_st* certificate);
/// PKCS #8, not encrypted.
Result<Bytes> key_to_pem(const evp_pkey_st* key);

/// Every certificate in `text`, in order; text between them is skipped. `name` is what errors call
/// the source. Fails when one cannot be read; none at all is an empty list.
Result<std::vector<X509Ptr>> certificates_from_pem(ByteView text, const std::string& name);

/// The first private key in `text`. An encrypted one is an error; nobody is asked for a passphrase.
Result<PkeyPtr> key_from_pem(ByteView text, const std::string& name);

/// Nothing but one certificate in DER.
Result<X509Ptr> certificate_from_der(ByteView der, const std::string& name);

/// Who it is for. Its key is not looked at, which is what takes certificate_from_der() so long.
Result<X509NamePtr> subject_from_der(ByteView der, const std::string& name);

}  // namespace mitm::tls
