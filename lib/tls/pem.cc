#include "lib/tls/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <optional>

#include "lib/tls/error.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

/// OpenSSL would ask on the terminal otherwise.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

BioPtr reader(ByteView text) {
  return BioPtr(text.size() > INT_MAX
                    ? nullptr
                    : BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool at_end(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

struct Element {
  int tag_class = 0;
  ByteView all;
  ByteView content;
};

/// Takes the first element off `rest`.
std::optional<Element> next_element(ByteView& rest) {
  constexpr int kDamaged = 0x80;
  constexpr int kIndefinite = 1;  // not in DER
  if (rest.size() > LONG_MAX) return std::nullopt;
  Element element;
  const unsigned char* cursor = octets(rest);
  long size = 0;
  int tag = 0;
  const int flags =
      ASN1_get_object(&cursor, &size, &tag, &element.tag_class, static_cast<long>(rest.size()));
  if ((flags & (kDamaged | kIndefinite)) != 0) return std::nullopt;
  const auto head = static_cast<std::size_t>(cursor - octets(rest));
  element.all = rest.substr(0, head + static_cast<std::size_t>(size));
  element.content = element.all.substr(head);
  rest.remove_prefix(element.all.size());
  return element;
}

/// RFC 5280, section 4.1: the subject in DER.
std::optional<ByteView> find_subject(ByteView certificate) {
  auto outer = next_element(certificate);
  auto signed_part = outer ? next_element(outer->content) : std::nullopt;
  if (!signed_part) return std::nullopt;
  ByteView rest = signed_part->content;
  auto element = next_element(rest);
  // The version may be left out.
  if (element && element->tag_class == V_ASN1_CONTEXT_SPECIFIC) element = next_element(rest);
  // Serial, algorithm, issuer, validity.
  for (int i = 0; i < 4 && element; ++i) element = next_element(rest);
  return element ? std::optional(element->all) : std::nullopt;
}

}  // namespace

Result<Bytes> certificate_to_pem(const X509* certificate) {
  ERR_clear_error();
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) return fail_tls("write certificate");
  return Bytes(content(out.get()));
}

Result<Bytes> key_to_pem(const EVP_PKEY* key) {
  ERR_clear_error();
  // Secure memory is wiped when the BIO goes.
  const BioPtr out(BIO_new(BIO_s_secmem()));
  if (!out ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail_tls("write private key");
  }
  return Bytes(content(out.get()));
}

Result<std::vector<X509Ptr>> certificates_from_pem(ByteView text, const std::string& name) {
  ERR_clear_error();
  const BioPtr in = reader(text);
  if (!in) return fail_tls(fmt::format("read certificates of {}", name));
  std::vector<X509Ptr> certificates;
  while (X509Ptr certificate{PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr)}) {
    certificates.push_back(std::move(certificate));
  }
  if (!at_end(ERR_peek_last_error())) {
    return fail_tls(fmt::format("{}: certificate {} is damaged", name, certificates.size() + 1));
  }
  ERR_clear_error();
  return certificates;
}

Result<PkeyPtr> key_from_pem(ByteView text, const std::string& name) {
  ERR_clear_error();
  const BioPtr in = reader(text);
  bool asked = false;
  PkeyPtr key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, refuse_passphrase, &asked) : nullptr);
  if (asked) {
    ERR_clear_error();
    return fail(Code::kUnsupported, fmt::format("{}: the private key is encrypted", name),
                "store it without a passphrase, as openssl pkey writes it");
  }
  if (!key) return fail_tls(fmt::format("{}: no usable private key", name));
  return key;
}

Result<X509Ptr> certificate_from_der(ByteView der, const std::string& name) {
  ERR_clear_error();
  const unsigned char* cursor = octets(der);
  X509Ptr certificate(
      der.size() > LONG_MAX ? nullptr : d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!certificate || cursor != octets(der) + der.size()) {
    return fail_tls(fmt::format("{}: not a certificate", name));
  }
  return certificate;
}

Result<X509NamePtr> subject_from_der(ByteView der, const std::string& name) {
  ERR_clear_error();
  const auto found = find_subject(der);
  X509NamePtr subject;
  if (found) {
    const unsigned char* cursor = octets(*found);
    subject.reset(d2i_X509_NAME(nullptr, &cursor, static_cast<long>(found->size())));
  }
  if (!subject) return fail_tls(fmt::format("{}: not a certificate", name));
  return subject;
}

}  // namespace mitm::tls
