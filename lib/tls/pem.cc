#include "lib/tls/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <climits>
#include <optional>

#include "lib/tls/error.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

constexpr int kRounds = 600'000;
constexpr int kSaltOctets = 16;

using KeyInfoPtr = CPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using SealedKeyPtr = CPtr<X509_SIG, X509_SIG_free>;

/// What OpenSSL's callback is told, and tells. Without it OpenSSL would ask on the terminal.
struct Question {
  const std::string& name;
  const AskPassphrase& ask;
  bool asked = false;
  Status status = {};
};

int answer(char* buffer, int size, int, void* data) {
  auto& question = *static_cast<Question*>(data);
  question.asked = true;
  // OpenSSL tries other ways to read the key after a refusal.
  if (!question.ask || !question.status) return -1;
  auto passphrase = question.ask(question.name);
  if (!passphrase) {
    question.status = std::unexpected(std::move(passphrase).error());
    return -1;
  }
  const auto length = static_cast<int>(passphrase->size());
  if (length <= size) passphrase->copy(buffer, passphrase->size());
  OPENSSL_cleanse(passphrase->data(), passphrase->size());
  return length <= size ? length : -1;
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

namespace {

Result<Bytes> sealed_key_to_pem(const EVP_PKEY* key, const std::string& passphrase) {
  const KeyInfoPtr info(EVP_PKEY2PKCS8(key));
  const SealedKeyPtr sealed(info ? PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase.data(),
                                                 static_cast<int>(passphrase.size()), nullptr,
                                                 kSaltOctets, kRounds, info.get())
                                 : nullptr);
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!sealed || !out || PEM_write_bio_PKCS8(out.get(), sealed.get()) != 1)
    return fail_tls("encrypt private key");
  return Bytes(content(out.get()));
}

}  // namespace

Result<Bytes> key_to_pem(const EVP_PKEY* key, const std::string& passphrase) {
  ERR_clear_error();
  if (!passphrase.empty()) return sealed_key_to_pem(key, passphrase);
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

Result<PkeyPtr> key_from_pem(ByteView text, const std::string& name, const AskPassphrase& ask) {
  ERR_clear_error();
  const BioPtr in = reader(text);
  Question question{name, ask};
  PkeyPtr key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, answer, &question) : nullptr);
  if (key) return key;
  if (!question.status) {
    ERR_clear_error();
    return std::unexpected(std::move(question.status).error());
  }
  if (question.asked) {
    ERR_clear_error();
    if (ask)
      return fail(Code::kTls, fmt::format("{}: wrong passphrase", name),
                  "a passphrase that is lost cannot be recovered");
    return fail(Code::kUnsupported, fmt::format("{}: the private key is encrypted", name),
                "store it without a passphrase, as openssl pkey writes it");
  }
  return fail_tls(fmt::format("{}: no usable private key", name));
}

bool is_encrypted(ByteView text) {
  return text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != ByteView::npos ||
         text.find("Proc-Type: 4,ENCRYPTED") != ByteView::npos;
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
