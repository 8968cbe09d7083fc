#include "lib/tls/layers.h"

#include <openssl/ssl.h>

#include "lib/tls/error.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {

Status put_over(SSL* ssl, SslPtr below) {
  BioPtr bio(BIO_new(BIO_f_ssl()));
  if (!bio) return fail_tls("make a BIO");
  // Without a word of its own when it is freed: what an end is to look like is for others to say.
  SSL_set_quiet_shutdown(below.get(), 1);
  BIO_set_ssl(bio.get(), below.release(), BIO_CLOSE);
  BIO* both = bio.release();
  SSL_set_bio(ssl, both, both);
  return {};
}

SSL* layer_below(const SSL* ssl) {
  SSL* below = nullptr;
  BIO* bio = SSL_get_rbio(ssl);
  if (bio != nullptr && BIO_method_type(bio) == BIO_TYPE_SSL) BIO_get_ssl(bio, &below);
  return below;
}

}  // namespace mitm::tls
