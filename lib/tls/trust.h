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
  bool system =
      true;  ///< OpenSSL's defaults: $SSL_CERT_FILE and $SSL_CERT_DIR, else /etc/ssl/certs
};

/// The certificates that servers are checked against. Any thread.
class TrustStore {
 public:
  /// Fails when an extra file holds no certificate, or a directory no file with one.
  static Result<TrustStore> load(const TrustOptions& options);

  [[nodiscard]] x509_store_st* get() const { return store_.get(); }

 private:
  explicit TrustStore(X509StorePtr store) : store_(std::move(store)) {}

  X509StorePtr store_;
};

/// What a child process that must trust our CA needs in one file: the system's bundle
/// ($SSL_CERT_FILE if set, else OpenSSL's default, else where distributions keep it), then
/// `extra_pem`. Without any bundle just `extra_pem`; a set but unreadable $SSL_CERT_FILE is an
/// error.
Result<Bytes> merged_bundle_pem(ByteView extra_pem);

/// The same with the value of $SSL_CERT_FILE (empty: unset) and the places to look at given.
Result<Bytes> merged_bundle_pem(ByteView extra_pem, const std::filesystem::path& ssl_cert_file,
                                const std::vector<std::filesystem::path>& candidates);

}  // namespace mitm::tls
