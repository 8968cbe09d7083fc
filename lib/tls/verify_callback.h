#pragma once

#include <openssl/x509_vfy.h>

namespace mitm::tls {

/// For SSL_CTX_set_cert_verify_callback: runs the whole verification, unless the same chain was
/// good for the same name lately, notes every reason against the certificate in the SSL's LegState
/// and lets the handshake go on.
int verify_and_note(X509_STORE_CTX* context, void* unused);

}  // namespace mitm::tls
