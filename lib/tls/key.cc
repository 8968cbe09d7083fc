#include "lib/tls/key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "lib/tls/error.h"

namespace mitm::tls {

Result<PkeyPtr> generate_key(KeyType type, int rsa_bits) {
  ERR_clear_error();
  PkeyPtr key(type == KeyType::kEc ? EVP_EC_gen("P-256")
                                   : EVP_RSA_gen(static_cast<unsigned int>(rsa_bits)));
  if (!key) return fail_tls("generate key");
  return key;
}

}  // namespace mitm::tls
