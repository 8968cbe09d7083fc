#include "lib/tls/identity_file.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>

#include "lib/base/io.h"
#include "lib/tls/error.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/pem.h"

namespace mitm::tls {
namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;
constexpr std::string_view kAsPem =
    "write it as PEM: openssl pkcs12 -in FILE -nodes -out FILE.pem, with -legacy for one from "
    "before "
    "OpenSSL 3";

std::unexpected<Error> with_hint(Error error, std::string_view hint) {
  error.hint = hint;
  return std::unexpected(std::move(error));
}

using Pkcs12Ptr = CPtr<PKCS12, PKCS12_free>;

void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using StackPtr = CPtr<STACK_OF(X509), free_stack>;

Result<KeyAndCertificates> from_pem(ByteView text, const std::string& name,
                                    const AskPassphrase& ask) {
  auto key = key_from_pem(text, name, ask);
  const bool has_key = text.find("PRIVATE KEY-----") != ByteView::npos;
  if (!key && !has_key)
    return with_hint(std::move(key).error(), "the certificate and its key belong into one file");
  if (!key) return std::unexpected(std::move(key).error());
  auto certificates = certificates_from_pem(text, name);
  if (!certificates) return std::unexpected(std::move(certificates).error());
  return KeyAndCertificates{*std::move(key), *std::move(certificates)};
}

/// Of an archive that has no password, or else what `ask` answers.
Result<std::string> password_of(PKCS12* archive, const std::string& name,
                                const AskPassphrase& ask) {
  if (PKCS12_mac_present(archive) != 1 || PKCS12_verify_mac(archive, "", 0) == 1 ||
      PKCS12_verify_mac(archive, nullptr, 0) == 1) {
    return std::string();
  }
  ERR_clear_error();
  if (!ask) {
    return fail(Code::kUnsupported, fmt::format("{}: cannot be opened without a password", name),
                std::string(kAsPem));
  }
  auto password = ask(name);
  if (!password) return password;
  if (PKCS12_verify_mac(archive, password->c_str(), static_cast<int>(password->size())) == 1)
    return password;
  ERR_clear_error();
  return fail(Code::kTls, fmt::format("{}: wrong passphrase", name));
}

Result<KeyAndCertificates> from_pkcs12(ByteView der, const std::string& name,
                                       const AskPassphrase& ask) {
  ERR_clear_error();
  const unsigned char* cursor = octets(der);
  const Pkcs12Ptr archive(d2i_PKCS12(nullptr, &cursor, static_cast<long>(der.size())));
  if (!archive) return fail(Code::kTls, fmt::format("{}: neither PEM nor PKCS #12", name));
  const auto password = password_of(archive.get(), name, ask);
  if (!password) return std::unexpected(password.error());
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* issuers = nullptr;
  if (PKCS12_parse(archive.get(), password->c_str(), &key, &certificate, &issuers) != 1)
    return with_hint(tls_error(fmt::format("{}: cannot be opened", name)), kAsPem);
  KeyAndCertificates parts{PkeyPtr(key), {}};
  if (certificate != nullptr) parts.certificates.emplace_back(certificate);
  const StackPtr owned(issuers);
  while (issuers != nullptr && sk_X509_num(issuers) > 0)
    parts.certificates.emplace_back(sk_X509_shift(issuers));
  if (!parts.key) return fail(Code::kTls, fmt::format("{}: no private key", name));
  return parts;
}

}  // namespace

Result<KeyAndCertificates> read_key_and_certificates(ByteView content, const std::string& name,
                                                     const AskPassphrase& ask) {
  const bool is_pem = content.find("-----BEGIN ") != ByteView::npos;
  return is_pem ? from_pem(content, name, ask) : from_pkcs12(content, name, ask);
}

Result<std::shared_ptr<const Leaf>> load_identity(const std::filesystem::path& path) {
  const std::string& name = path.native();
  const auto content = read_file(path, kMaxFile);
  if (!content) return std::unexpected(content.error());
  auto parts = read_key_and_certificates(*content, name);
  if (!parts) return std::unexpected(std::move(parts).error());
  // The order is free in practice, whatever it should be.
  const auto own = std::ranges::find_if(parts->certificates, [&](const X509Ptr& certificate) {
    return X509_check_private_key(certificate.get(), parts->key.get()) == 1;
  });
  ERR_clear_error();
  if (own == parts->certificates.end()) {
    return fail(Code::kTls, fmt::format("{}: no certificate belongs to the private key", name));
  }
  X509Ptr certificate = std::move(*own);
  parts->certificates.erase(own);
  return std::make_shared<const Leaf>(std::move(certificate), std::move(parts->key),
                                      std::move(parts->certificates));
}

}  // namespace mitm::tls
