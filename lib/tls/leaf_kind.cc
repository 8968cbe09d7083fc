// The old form of keys, see generate_old_key(), can be had by functions only that are deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/tls/leaf_kind.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/tls/error.h"
#include "lib/tls/x509_build.h"

namespace mitm::tls {
namespace {

constexpr int kRsaBits = 2048;

using EcKeyPtr = CPtr<EC_KEY, EC_KEY_free>;
using RsaPtr = CPtr<RSA, RSA_free>;

/// In the form that keys had before OpenSSL 3. Of the others, X509_set_pubkey() encodes and decodes
/// the public half each time, which takes 200 µs, ten times as long as to sign.
Result<PkeyPtr> generate_old_key(KeyType type) {
  const auto key = generate_key(type, kRsaBits);
  if (!key) return std::unexpected(key.error());
  ERR_clear_error();
  PkeyPtr old(EVP_PKEY_new());
  if (!old) return fail_tls("generate key");
  int converted = 0;
  if (type == KeyType::kEc) {
    const EcKeyPtr ec(EVP_PKEY_get1_EC_KEY(key->get()));
    converted = EVP_PKEY_set1_EC_KEY(old.get(), ec.get());
  } else {
    const RsaPtr rsa(EVP_PKEY_get1_RSA(key->get()));
    converted = EVP_PKEY_set1_RSA(old.get(), rsa.get());
  }
  if (converted != 1) return fail_tls("generate key");
  return old;
}

bool fill(X509* pattern, EVP_PKEY* key, KeyType type, const X509* ca) {
  // RSA key exchange, up to TLS 1.2, encrypts with the key.
  const char* usage = type == KeyType::kRsa ? "critical,digitalSignature,keyEncipherment"
                                            : "critical,digitalSignature";
  return X509_set_pubkey(pattern, key) == 1 &&
         X509_set_issuer_name(pattern, X509_get_subject_name(ca)) == 1 &&
         add_extension(pattern, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(pattern, NID_key_usage, usage) &&
         add_extension(pattern, NID_ext_key_usage, "serverAuth") &&
         add_extension(pattern, NID_subject_key_identifier, "hash") &&
         add_authority_key_id(pattern, ca);
}

}  // namespace

Result<LeafKind> LeafKind::create(KeyType type, const CertificateAuthority& ca) {
  auto key = generate_old_key(type);
  if (!key) return std::unexpected(std::move(key).error());
  ERR_clear_error();
  X509Ptr pattern(X509_new());
  if (!pattern || !fill(pattern.get(), key->get(), type, ca.certificate())) {
    return fail_tls("prepare certificates");
  }
  return LeafKind(*std::move(key), std::move(pattern));
}

bool LeafKind::imprint(X509* leaf) const {
  for (int i = 0; i < X509_get_ext_count(pattern_.get()); ++i) {
    if (X509_add_ext(leaf, X509_get_ext(pattern_.get(), i), -1) != 1) return false;
  }
  return X509_set_version(leaf, X509_VERSION_3) == 1 && X509_set_pubkey(leaf, key()) == 1 &&
         X509_set_issuer_name(leaf, X509_get_issuer_name(pattern_.get())) == 1;
}

}  // namespace mitm::tls
