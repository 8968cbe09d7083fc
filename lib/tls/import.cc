#include "lib/tls/import.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "lib/base/display.h"
#include "lib/base/io.h"
#include "lib/base/shell_word.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

bool has_key(ByteView pem) { return pem.find("PRIVATE KEY-----") != ByteView::npos; }
bool has_certificate(ByteView pem) {
  return pem.find("-----BEGIN CERTIFICATE") != ByteView::npos ||
         pem.find("-----BEGIN TRUSTED CERTIFICATE") != ByteView::npos;
}

bool is_pem(ByteView content) { return content.find("-----BEGIN ") != ByteView::npos; }

std::unexpected<Error> missing_half(std::string_view which, const std::string& name) {
  return fail(Code::kCorrupt, fmt::format("{}: no {}", name, which),
              fmt::format("the other half may be in another file: --import {} --import FILE",
                          shell_word(name)));
}

/// Of one certificate.
struct Origin {
  std::string file;
  std::string subject;
  std::string sha256;
};

/// Those that the CA has no use for.
void ignore_strangers(const std::vector<Origin>& origins, const CertificateAuthority& ca,
                      std::vector<std::string>& ignored) {
  for (const Origin& origin : origins) {
    const bool is_used = std::ranges::any_of(ca.path(), [&](const X509Ptr& one) {
      return certificate_facts(one.get()).sha256 == origin.sha256;
    });
    if (is_used) continue;
    ignored.push_back(
        fmt::format("{}: the certificate '{}' is not used, for it is none of the CA's", origin.file,
                    printable(origin.subject)));
  }
}

/// What the files hold, put together one after the other.
struct Halves {
  PkeyPtr key;
  std::vector<X509Ptr> certificates;
  std::string source;      ///< of the first certificates
  std::string key_source;  ///< of the key
  std::vector<Origin> origins = {};
  std::vector<std::string> ignored = {};

  /// Of several keys the first counts.
  Status add(KeyAndCertificates parts, const std::string& name) {
    if (key && parts.key && EVP_PKEY_eq(key.get(), parts.key.get()) != 1) ignore_key(name);
    if (!key && parts.key) {
      key = std::move(parts.key);
      key_source = name;
    }
    if (certificates.empty() && !parts.certificates.empty()) source = name;
    for (X509Ptr& one : parts.certificates) {
      auto facts = certificate_facts(one.get());
      origins.push_back({name, std::move(facts.subject), std::move(facts.sha256)});
      certificates.push_back(std::move(one));
    }
    return {};
  }

  void ignore_key(const std::string& name) {
    ignored.push_back(
        fmt::format("{}: its private key is not used, for that of {} is", name, key_source));
  }

  /// Nobody is asked for the passphrase of a key that is not used.
  Status add_key(ByteView pem, const std::string& name, const AskPassphrase& ask,
                 KeyAndCertificates& parts) {
    auto read = key_from_pem(pem, name, key ? AskPassphrase() : ask);
    if (!read && !key) return std::unexpected(std::move(read).error());
    if (read) parts.key = *std::move(read);
    if (!read) ignore_key(name);
    return {};
  }

  Status add_file(const std::string& name, const AskPassphrase& ask) {
    const auto content = read_file(name, kMaxFile);
    if (!content) return std::unexpected(content.error());
    if (!is_pem(*content)) {
      auto parts = read_key_and_certificates(*content, name, ask);
      return parts ? add(*std::move(parts), name) : std::unexpected(std::move(parts).error());
    }
    KeyAndCertificates parts;
    if (has_certificate(*content)) {
      auto read = certificates_from_pem(*content, name);
      if (!read) return std::unexpected(std::move(read).error());
      parts.certificates = *std::move(read);
    }
    if (has_key(*content)) MITM_TRY(add_key(*content, name, ask, parts));
    return add(std::move(parts), name);
  }
};

}  // namespace

Result<ImportedCa> import_ca(std::span<const std::string> files, Time now,
                             const AskPassphrase& ask) {
  Halves halves;
  for (const std::string& file : files) MITM_TRY(halves.add_file(file, ask));
  if (!halves.key) return missing_half("private key", files.back());
  if (halves.certificates.empty()) return missing_half("certificate", files.back());
  auto ca = CertificateAuthority::from_parts(
      {std::move(halves.key), std::move(halves.certificates)}, now, halves.source);
  if (!ca) return std::unexpected(std::move(ca).error());
  ignore_strangers(halves.origins, *ca, halves.ignored);
  return ImportedCa{*std::move(ca), std::move(halves.source), std::move(halves.ignored)};
}

}  // namespace mitm::tls
