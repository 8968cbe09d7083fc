#include "lib/tls/certificate_signer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <utility>

#include "lib/tls/error.h"

namespace mitm::tls {

void CertificateSigner::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

CertificateSigner::CertificateSigner(std::unique_ptr<evp_md_ctx_st, Free> prepared)
    : prepared_(std::move(prepared)) {}
CertificateSigner::CertificateSigner(CertificateSigner&&) noexcept = default;
CertificateSigner& CertificateSigner::operator=(CertificateSigner&&) noexcept = default;
CertificateSigner::~CertificateSigner() = default;

Result<CertificateSigner> CertificateSigner::create(evp_pkey_st* key) {
  ERR_clear_error();
  std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
  // Without a digest it takes the key's default, or its only one.
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1)
    return fail_tls("prepare signing");
  return CertificateSigner(std::move(context));
}

bool CertificateSigner::sign(x509_st* certificate) const {
  const std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
  if (!context || EVP_MD_CTX_copy_ex(context.get(), prepared_.get()) != 1) return false;
  // Signs once, so nothing need be copied first.
  EVP_MD_CTX_set_flags(context.get(), EVP_MD_CTX_FLAG_FINALISE);
  return X509_sign_ctx(certificate, context.get()) > 0;
}

}  // namespace mitm::tls
