#include "lib/tls/certificate_signer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <utility>

#include "lib/tls/error.h"

namespace mitm::tls {
namespace {

using ContextPtr = std::unique_ptr<evp_md_ctx_st, CertificateSigner::Free>;

/// Null when that cannot be.
ContextPtr prepare(evp_pkey_st* key) {
  ContextPtr context(EVP_MD_CTX_new());
  // Without a digest it takes the key's default, or its only one.
  if (context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1)
    context.reset();
  return context;
}

bool sign_in(evp_md_ctx_st* context, x509_st* certificate) {
  // Signs once, so nothing need be copied first.
  EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE);
  return X509_sign_ctx(certificate, context) > 0;
}

}  // namespace

void CertificateSigner::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

CertificateSigner::CertificateSigner(std::unique_ptr<evp_md_ctx_st, Free> prepared)
    : prepared_(std::move(prepared)) {}
CertificateSigner::CertificateSigner(CertificateSigner&&) noexcept = default;
CertificateSigner& CertificateSigner::operator=(CertificateSigner&&) noexcept = default;
CertificateSigner::~CertificateSigner() = default;

Result<CertificateSigner> CertificateSigner::create(evp_pkey_st* key) {
  ERR_clear_error();
  ContextPtr context = prepare(key);
  if (!context) return fail_tls("prepare signing");
  return CertificateSigner(std::move(context));
}

bool CertificateSigner::sign(x509_st* certificate) const {
  const ContextPtr context(EVP_MD_CTX_new());
  return context && EVP_MD_CTX_copy_ex(context.get(), prepared_.get()) == 1 &&
         sign_in(context.get(), certificate);
}

bool sign(x509_st* certificate, evp_pkey_st* key) {
  const ContextPtr context = prepare(key);
  return context && sign_in(context.get(), certificate);
}

}  // namespace mitm::tls
