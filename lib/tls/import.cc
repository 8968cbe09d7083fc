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

/// Says which half of a CA is missing.
Status check_halves(ByteView pem, const std::string& name) {
  if (pem.find("-----BEGIN ") == ByteView::npos) return {};  // perhaps PKCS #12
  const auto hint = fmt::format("the other half may be in another file: --import {} --import FILE",
                                shell_word(name));
  if (!has_key(pem)) return fail(Code::kCorrupt, fmt::format("{}: no private key", name), hint);
  if (!has_certificate(pem))
    return fail(Code::kCorrupt, fmt::format("{}: no certificate", name), hint);
  return {};
}

}  // namespace

Result<CertificateAuthority> import_ca(std::span<const std::string> files, Time now,
                                       const AskPassphrase& ask) {
  Bytes all;
  for (const std::string& file : files) {
    const auto content = read_file(file, kMaxFile);
    if (!content) return std::unexpected(content.error());
    if (!all.empty()) all += '\n';
    all += *content;
  }
  const std::string& name = files.back();
  MITM_TRY(check_halves(all, name));
  auto parts = read_key_and_certificates(all, name, ask);
  if (!parts) return std::unexpected(std::move(parts).error());
  return CertificateAuthority::from_parts(*std::move(parts), now, name);
}

}  // namespace mitm::tls
