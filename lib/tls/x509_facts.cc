#include "lib/tls/x509_facts.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto octet = static_cast<unsigned char>(c);
    hex += kDigits[octet >> 4];
    hex += kDigits[octet & 0xf];
  }
  return hex;
}

/// Looking an algorithm up takes longer than to digest a certificate with it.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kFetched != nullptr ? kFetched : EVP_sha256();
}

Bytes sha256(ByteView bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_algorithm(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Certificates may say 99991231235959Z (RFC 5280, section 4.1.2.5), which nanoseconds do not
/// reach.
Time to_time(const ASN1_TIME* asn1) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(asn1, &fields) != 1) return {};
  constexpr auto kFirst = std::chrono::ceil<std::chrono::seconds>(Time::min());
  constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(Time::max());
  return std::clamp(std::chrono::sys_seconds(std::chrono::seconds(::timegm(&fields))), kFirst,
                    kLast);
}

std::string name_text(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  // UTF-8 stays readable; control characters are still escaped.
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, kFlags) < 0) return {};
  return std::string(content(out.get()));
}

std::string serial_text(const X509* certificate) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (!number) return {};
  Bytes magnitude(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(magnitude.data()));
  const std::string hex = magnitude.empty() ? "00" : to_hex(magnitude);
  return BN_is_negative(number.get()) != 0 ? "-" + hex : hex;
}

std::string curve_name(EVP_PKEY* key) {
  std::array<char, 64> group{};
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) return "EC";
  const std::string_view name = group.data();
  if (name == "prime256v1") return "EC P-256";
  if (name == "secp384r1") return "EC P-384";
  if (name == "secp521r1") return "EC P-521";
  return fmt::format("EC {}", name);
}

std::string key_text(const X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return {};
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
      return curve_name(key);
    case EVP_PKEY_RSA:
      return fmt::format("RSA {}", EVP_PKEY_get_bits(key));
    case EVP_PKEY_RSA_PSS:
      return fmt::format("RSA-PSS {}", EVP_PKEY_get_bits(key));
    case EVP_PKEY_ED25519:
      return "Ed25519";
    case EVP_PKEY_ED448:
      return "Ed448";
    default:
      break;
  }
  const char* type = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} {}", type != nullptr ? type : "unknown", EVP_PKEY_get_bits(key));
}

ByteView view(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

void add_alternative_names(const X509* certificate, flow::Certificate& facts) {
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) facts.dns_names.emplace_back(view(name->d.dNSName));
    if (name->type != GEN_IPADD) continue;
    if (std::string ip = format_ip(view(name->d.iPAddress)); !ip.empty()) {
      facts.ip_names.push_back(std::move(ip));
    }
  }
}

/// `digest` becomes the SHA-256 of the DER.
flow::Certificate facts_and_digest(const X509* certificate, Bytes& digest) {
  flow::Certificate facts;
  facts.der = certificate_der(certificate);
  facts.subject = name_text(X509_get_subject_name(certificate));
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  add_alternative_names(certificate, facts);
  facts.serial = serial_text(certificate);
  facts.not_before = certificate_not_before(certificate);
  facts.not_after = certificate_not_after(certificate);
  facts.key = key_text(certificate);
  digest = sha256(facts.der);
  facts.sha256 = to_hex(digest);
  // A part that could not be read is not a failure of whoever looks at the queue next.
  ERR_clear_error();
  return facts;
}

}  // namespace

Bytes certificate_der(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  Bytes result(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return result;
}

Time certificate_not_before(const X509* certificate) {
  return to_time(X509_get0_notBefore(certificate));
}

Time certificate_not_after(const X509* certificate) {
  return to_time(X509_get0_notAfter(certificate));
}

flow::Certificate certificate_facts(const X509* certificate) {
  Bytes digest;
  return facts_and_digest(certificate, digest);
}

Bytes chain_id(const std::vector<const X509*>& certificates) {
  Bytes all;
  for (const X509* certificate : certificates) all += certificate_der(certificate);
  return sha256(all);
}

flow::CertificateChain chain_facts(const std::vector<const X509*>& certificates) {
  flow::CertificateChain chain;
  Bytes all;
  for (const X509* certificate : certificates) {
    all += chain.certificates.emplace_back(facts_and_digest(certificate, chain.id)).der;
  }
  if (certificates.size() != 1) chain.id = sha256(all);
  return chain;
}

std::string subject_entry(const X509* certificate, int nid) {
  return name_entry(X509_get_subject_name(certificate), nid);
}

std::string name_entry(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

std::string fingerprint(ByteView der, Digest digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets_of_digest{};
  unsigned int size = 0;
  const EVP_MD* algorithm = digest == Digest::kSha1 ? EVP_sha1() : EVP_sha256();
  if (EVP_Digest(der.data(), der.size(), octets_of_digest.data(), &size, algorithm, nullptr) != 1) {
    return {};
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += fmt::format("{}{:02X}", i == 0 ? "" : ":", octets_of_digest[i]);
  }
  return text;
}

std::string subject_hash_old(const X509* certificate) {
  return fmt::format("{:08x}", X509_subject_name_hash_old(const_cast<X509*>(certificate)));
}

std::string certificate_text(const X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || X509_print_ex(out.get(), const_cast<X509*>(certificate), XN_FLAG_ONELINE, 0) != 1) {
    return {};
  }
  return std::string(content(out.get()));
}

}  // namespace mitm::tls
