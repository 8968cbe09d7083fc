#pragma once

#include "lib/base/c_ptr.h"

// OpenSSL's own declarations, repeated so that other folders need none of its headers.
extern "C" {
struct ssl_st;
struct ssl_ctx_st;
struct x509_st;
struct x509_store_st;
struct X509_name_st;
struct evp_pkey_st;
// NOLINTBEGIN(readability-identifier-naming): these names are OpenSSL's.
void SSL_free(ssl_st* ssl);
void SSL_CTX_free(ssl_ctx_st* context);
void X509_free(x509_st* certificate);
void X509_NAME_free(X509_name_st* name);
void X509_STORE_free(x509_store_st* store);
void EVP_PKEY_free(evp_pkey_st* key);
// NOLINTEND(readability-identifier-naming)
}

namespace mitm::tls {

using SslPtr = CPtr<ssl_st, SSL_free>;
using SslCtxPtr = CPtr<ssl_ctx_st, SSL_CTX_free>;
using X509Ptr = CPtr<x509_st, X509_free>;
using X509NamePtr = CPtr<X509_name_st, X509_NAME_free>;
using X509StorePtr = CPtr<x509_store_st, X509_STORE_free>;
using PkeyPtr = CPtr<evp_pkey_st, EVP_PKEY_free>;

}  // namespace mitm::tls
