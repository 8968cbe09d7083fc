#include "lib/tls/import.h"

#include <fmt/format.h>

#include "lib/base/io.h"
#include "lib/base/shell_word.h"
#include "lib/tls/pem.h"

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

/// What the files hold, put together one after the other.
struct Halves {
  PkeyPtr key;
  std::vector<X509Ptr> certificates;
  std::string source;  ///< of the first certificates

  /// Of several keys the first counts.
  Status add(KeyAndCertificates parts, const std::string& name) {
    if (!key) key = std::move(parts.key);
    if (certificates.empty() && !parts.certificates.empty()) source = name;
    for (X509Ptr& one : parts.certificates) certificates.push_back(std::move(one));
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
    if (has_key(*content) && !key) {
      auto read = key_from_pem(*content, name, ask);
      if (!read) return std::unexpected(std::move(read).error());
      parts.key = *std::move(read);
    }
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
  return ImportedCa{*std::move(ca), std::move(halves.source)};
}

}  // namespace mitm::tls
