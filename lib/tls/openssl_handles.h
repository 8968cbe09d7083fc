#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "lib/tls/handles.h"

/// Owners for OpenSSL objects that never leave lib/tls.
namespace mitm::tls {

using BioPtr = CPtr<BIO, BIO_free_all>;
using BioMethodPtr = CPtr<BIO_METHOD, BIO_meth_free>;
using BignumPtr = CPtr<BIGNUM, BN_free>;
using ExtensionPtr = CPtr<X509_EXTENSION, X509_EXTENSION_free>;
using GeneralNamesPtr = CPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using GeneralNamePtr = CPtr<GENERAL_NAME, GENERAL_NAME_free>;
using AuthorityKeyIdPtr = CPtr<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using Asn1StringPtr = CPtr<ASN1_STRING, ASN1_STRING_free>;

/// What was written to a memory BIO.
inline std::string_view content(BIO* memory) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory, &begin);
  return size > 0 ? std::string_view(begin, static_cast<std::size_t>(size)) : std::string_view();
}

inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace mitm::tls
