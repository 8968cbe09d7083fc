#pragma once

#include <filesystem>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

struct TrustOptions {
  /// Trusted besides the system's: files with certificates (PEM, or one in DER), or directories of
  /// such files. An intermediate certificate may be trusted, too.
  std::vector<std::filesystem::path> extra;
  /// OpenSSL's defaults: $SSL_CERT_FILE and $SSL_CERT_DIR, else /etc/ssl/certs. As OpenSSL does,
  /// passes over a file that is not there; also over one that is not regular.
  bool system = true;
};

/// The certificates that servers are checked against. Any thread.
class TrustStore {
 public:
  /// Fails when an extra file holds no certificate, or a directory no file with one.
  static Result<TrustStore> load(const TrustOptions& options);

  [[nodiscard]] x509_store_st* get() const { return store_.get(); }
  /// The extra certificates, as PEM.
  [[nodiscard]] const Bytes& extra_pem() const { return extra_pem_; }

 private:
  TrustStore(X509StorePtr store, Bytes extra_pem)
      : store_(std::move(store)), extra_pem_(std::move(extra_pem)) {}

  X509StorePtr store_;
  Bytes extra_pem_;
};

/// Where the system's certificates may be as one file: OpenSSL's own, then those of distributions.
std::vector<std::filesystem::path> system_bundles();

}  // namespace mitm::tls
