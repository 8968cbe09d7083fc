#include "lib/tls/trust.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstdlib>

#include "lib/base/io.h"
#include "lib/tls/error.h"
#include "lib/tls/pem.h"

namespace mitm::tls {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBundle = 16 << 20;

/// Certificates of a PEM file, or the one of a DER file.
Result<std::vector<X509Ptr>> read_certificates(const fs::path& path) {
  const auto content = read_file(path, kMaxBundle);
  if (!content) return std::unexpected(content.error());
  auto certificates = certificates_from_pem(*content, path.string());
  if (!certificates || !certificates->empty()) return certificates;
  auto single = certificate_from_der(*content, path.string());
  if (!single) return std::unexpected(std::move(single).error());
  certificates->push_back(*std::move(single));
  return certificates;
}

Status add_file(X509_STORE* store, const fs::path& path, Bytes& pem) {
  const auto certificates = read_certificates(path);
  if (!certificates) return std::unexpected(certificates.error());
  ERR_clear_error();
  for (const X509Ptr& certificate : *certificates) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) {
      return fail_tls(fmt::format("trust {}", path.string()));
    }
    auto text = certificate_to_pem(certificate.get());
    if (!text) return std::unexpected(std::move(text).error());
    pem += *text;
  }
  return {};
}

/// A directory may hold other things besides (README, keys), which are passed over.
Status add_directory(X509_STORE* store, const fs::path& path, Bytes& pem) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  if (error) return fail_errno(fmt::format("read {}", path.string()), error.value());
  const auto added = std::ranges::count_if(
      files, [&](const fs::path& file) { return add_file(store, file, pem).has_value(); });
  if (added > 0) return {};
  return fail(Code::kUsage, fmt::format("{}: no file in it holds a certificate", path.string()));
}

/// OpenSSL would wait for a pipe's other end, and read a device for ever.
bool default_file_is_readable() {
  const char* named = std::getenv(X509_get_default_cert_file_env());
  std::error_code ignored;
  const auto status = fs::status(named != nullptr ? named : X509_get_default_cert_file(), ignored);
  return !fs::exists(status) || fs::is_regular_file(status);
}

/// What SSL_CERT_FILE and SSL_CERT_DIR name, otherwise OpenSSL's defaults. As
/// X509_STORE_set_default_paths(), without its third way of looking up, which reads the whole
/// directory for each issuer that is not there: at least once in each handshake.
Status add_system(X509_STORE* store) {
  X509_LOOKUP* file = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  X509_LOOKUP* directory = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
  if (file == nullptr || directory == nullptr ||
      X509_LOOKUP_add_dir(directory, nullptr, X509_FILETYPE_DEFAULT) != 1) {
    return fail_tls("load the system's trusted certificates");
  }
  // Many systems have a directory only.
  if (default_file_is_readable()) X509_LOOKUP_load_file(file, nullptr, X509_FILETYPE_DEFAULT);
  ERR_clear_error();
  return {};
}

}  // namespace

Result<TrustStore> TrustStore::load(const TrustOptions& options) {
  ERR_clear_error();
  X509StorePtr store(X509_STORE_new());
  // curl does the same: whoever trusts an intermediate certificate means it.
  if (!store || X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN) != 1) {
    return fail_tls("make trust store");
  }
  if (options.system) MITM_TRY(add_system(store.get()));
  Bytes extra_pem;
  for (const fs::path& path : options.extra) {
    std::error_code ignored;
    MITM_TRY(fs::is_directory(path, ignored) ? add_directory(store.get(), path, extra_pem)
                                             : add_file(store.get(), path, extra_pem));
  }
  ERR_clear_error();
  return TrustStore(std::move(store), std::move(extra_pem));
}

std::vector<fs::path> system_bundles() {
  return {X509_get_default_cert_file(),
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/pki/tls/cacert.pem",
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/ssl/cert.pem"};
}

}  // namespace mitm::tls
