#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/handles.h"
#include "lib/tls/passphrase.h"

/// Certificates and keys as text (RFC 7468) and in DER.
namespace mitm::tls {

Result<Bytes> certificate_to_pem(const x509_st* certificate);
/// PKCS #8; encrypted (PBES2: AES-256, PBKDF2 with 600,000 rounds) unless `passphrase` is empty.
Result<Bytes> key_to_pem(const evp_pkey_st* key, const std::string& passphrase = {});

/// Every certificate in `text`, in order; text between them is skipped. `name` is what errors call
/// the source. Fails when one cannot be read; none at all is an empty list.
Result<std::vector<X509Ptr>> certificates_from_pem(ByteView text, const std::string& name);

/// The first private key in `text`. `ask` is asked when it is encrypted; without it that is an
/// error.
Result<PkeyPtr> key_from_pem(ByteView text, const std::string& name, const AskPassphrase& ask = {});

/// Whether `text` holds a private key that needs a passphrase.
bool is_encrypted(ByteView text);

/// Nothing but one certificate in DER.
Result<X509Ptr> certificate_from_der(ByteView der, const std::string& name);

/// Who it is for. Its key is not looked at, which is what takes certificate_from_der() so long.
Result<X509NamePtr> subject_from_der(ByteView der, const std::string& name);

}  // namespace mitm::tls
