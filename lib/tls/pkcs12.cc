#include "lib/tls/pkcs12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "lib/tls/error.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

constexpr int kRounds = 10'000;  // Java's own
constexpr int kMacRounds = 10'000;
constexpr int kSaltOctets = 20;

void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
void free_safes(STACK_OF(PKCS7) * safes) { sk_PKCS7_pop_free(safes, PKCS7_free); }
void free_certificates(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using Pkcs12Ptr = CPtr<PKCS12, PKCS12_free>;
using ObjectPtr = CPtr<ASN1_OBJECT, ASN1_OBJECT_free>;
using BagsPtr = CPtr<STACK_OF(PKCS12_SAFEBAG), free_bags>;
using SafesPtr = CPtr<STACK_OF(PKCS7), free_safes>;
using StackPtr = CPtr<STACK_OF(X509), free_certificates>;

Result<Bytes> encode(PKCS12* archive, const std::string& password) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (archive == nullptr || !out ||
      PKCS12_set_mac(archive, password.c_str(), static_cast<int>(password.size()), nullptr,
                     kSaltOctets, kMacRounds, EVP_sha256()) != 1 ||
      i2d_PKCS12_bio(out.get(), archive) != 1) {
    return fail_tls("write PKCS #12");
  }
  return Bytes(content(out.get()));
}

/// Oracle's trustedKeyUsage: trusted for any purpose.
bool mark_as_trusted(PKCS12_SAFEBAG* bag) {
  const ObjectPtr any(OBJ_txt2obj("2.5.29.37.0", 1));
  return any && PKCS12_add1_attr_by_txt(bag, "2.16.840.1.113894.746875.1.1", V_ASN1_OBJECT,
                                        reinterpret_cast<const unsigned char*>(any.get()), -1) == 1;
}

}  // namespace

Result<Bytes> trusted_to_pkcs12(const X509* certificate, const std::string& name,
                                const std::string& password) {
  ERR_clear_error();
  STACK_OF(PKCS12_SAFEBAG)* bag_list = nullptr;
  PKCS12_SAFEBAG* bag = PKCS12_add_cert(&bag_list, const_cast<X509*>(certificate));
  const BagsPtr bags(bag_list);
  if (bag == nullptr ||
      PKCS12_add_friendlyname_utf8(bag, name.c_str(), static_cast<int>(name.size())) != 1 ||
      !mark_as_trusted(bag)) {
    return fail_tls("write PKCS #12");
  }
  STACK_OF(PKCS7)* safe_list = nullptr;
  const bool sealed =
      PKCS12_add_safe(&safe_list, bags.get(), NID_aes_256_cbc, kRounds, password.c_str()) == 1;
  const SafesPtr safes(safe_list);
  const Pkcs12Ptr archive(sealed ? PKCS12_add_safes(safes.get(), 0) : nullptr);
  return encode(archive.get(), password);
}

Result<Bytes> identity_to_pkcs12(const EVP_PKEY* key, const X509* certificate,
                                 const std::vector<X509Ptr>& issuers, const std::string& name,
                                 const std::string& password) {
  ERR_clear_error();
  const StackPtr chain(sk_X509_new_null());
  for (const X509Ptr& issuer : issuers) {
    if (!chain || sk_X509_push(chain.get(), issuer.get()) == 0) return fail_tls("write PKCS #12");
    X509_up_ref(issuer.get());
  }
  // No MAC yet: encode() makes it.
  const Pkcs12Ptr archive(PKCS12_create(password.c_str(), name.c_str(), const_cast<EVP_PKEY*>(key),
                                        const_cast<X509*>(certificate), chain.get(),
                                        NID_aes_256_cbc, NID_aes_256_cbc, kRounds, -1, 0));
  return encode(archive.get(), password);
}

}  // namespace mitm::tls
