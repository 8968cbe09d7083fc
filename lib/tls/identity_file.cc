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

using Pkcs12Ptr = CPtr<PKCS12, PKCS12_free>;

struct Parts {
  PkeyPtr key;
  std::vector<X509Ptr> certificates;
};

void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using StackPtr = CPtr<STACK_OF(X509), free_stack>;

Result<Parts> parts_of_pem(ByteView text, const std::string& name) {
  auto key = key_from_pem(text, name);
  if (!key) return std::unexpected(std::move(key).error());
  auto certificates = certificates_from_pem(text, name);
  if (!certificates) return std::unexpected(std::move(certificates).error());
  return Parts{*std::move(key), *std::move(certificates)};
}

Result<Parts> parts_of_pkcs12(ByteView der, const std::string& name) {
  ERR_clear_error();
  const unsigned char* cursor = octets(der);
  const Pkcs12Ptr archive(d2i_PKCS12(nullptr, &cursor, static_cast<long>(der.size())));
  if (!archive) return fail(Code::kTls, fmt::format("{}: neither PEM nor PKCS #12", name));
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* issuers = nullptr;
  if (PKCS12_parse(archive.get(), "", &key, &certificate, &issuers) != 1) {
    ERR_clear_error();
    return fail(Code::kUnsupported, fmt::format("{}: cannot be opened without a password", name),
                "write it as PEM: openssl pkcs12 -in FILE -nodes -out FILE.pem");
  }
  Parts parts{PkeyPtr(key), {}};
  if (certificate != nullptr) parts.certificates.emplace_back(certificate);
  const StackPtr owned(issuers);
  while (issuers != nullptr && sk_X509_num(issuers) > 0)
    parts.certificates.emplace_back(sk_X509_shift(issuers));
  return parts;
}

}  // namespace

Result<std::shared_ptr<const Leaf>> load_identity(const std::filesystem::path& path) {
  const std::string& name = path.native();
  const auto content = read_file(path, kMaxFile);
  if (!content) return std::unexpected(content.error());
  const bool is_pem = content->find("-----BEGIN ") != Bytes::npos;
  auto parts = is_pem ? parts_of_pem(*content, name) : parts_of_pkcs12(*content, name);
  if (!parts) return std::unexpected(std::move(parts).error());
  if (!parts->key) return fail(Code::kTls, fmt::format("{}: no private key", name));
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
