#pragma once

#include <memory>

#include "lib/base/error.h"
#include "lib/tls/handles.h"

struct evp_md_ctx_st;

namespace mitm::tls {

/// Signs many certificates with one key, with the digest that suits it. What looks up algorithms
/// and checks the key is done once. Any thread may sign.
class CertificateSigner {
 public:
  static Result<CertificateSigner> create(evp_pkey_st* key);
  CertificateSigner(CertificateSigner&&) noexcept;
  CertificateSigner& operator=(CertificateSigner&&) noexcept;
  ~CertificateSigner();

  /// Fills in algorithm and signature. The reason for a failure is in OpenSSL's queue.
  [[nodiscard]] bool sign(x509_st* certificate) const;

  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

 private:
  explicit CertificateSigner(std::unique_ptr<evp_md_ctx_st, Free> prepared);

  std::unique_ptr<evp_md_ctx_st, Free> prepared_;  // copied for each signature, never changed
};

/// Signs one. The reason for a failure is in OpenSSL's queue.
bool sign(x509_st* certificate, evp_pkey_st* key);

}  // namespace mitm::tls
