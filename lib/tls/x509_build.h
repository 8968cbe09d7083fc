#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/tls/names.h"

/// Steps of making a certificate. Each returns false when OpenSSL refused, and leaves the reason in
/// its error queue, so that a caller chains them with && and asks tls_error() once.
namespace mitm::tls {

/// Positive, not zero, 16 octets (RFC 5280, section 4.1.2.2 allows 20).
bool set_random_serial(X509* certificate);

/// Both ends included; fractions of seconds are dropped.
bool set_validity(X509* certificate, Time not_before, Time not_after);

/// Adds a UTF-8 attribute; does nothing for an empty value.
bool add_name_entry(X509_NAME* name, int nid, std::string_view value);

/// An extension in the notation of x509v3_config(5). `value` must never come from outside.
bool add_extension(X509* certificate, int nid, const char* value);

/// A value in DER, of which an empty one adds nothing; the extension is critical.
bool add_encoded_extension(X509* certificate, int nid, ByteView der);

/// subjectAltName; critical when the subject is empty (RFC 5280, section 4.2.1.6).
bool add_alternative_names(X509* certificate, const NameSet& names,
                           const std::vector<std::string>& emails = {});

/// Points at `issuer` by the key identifier it has, byte for byte: some CAs do not compute theirs
/// from SHA-1. Adds nothing when it has none.
bool add_authority_key_id(X509* certificate, const X509* issuer);

}  // namespace mitm::tls
