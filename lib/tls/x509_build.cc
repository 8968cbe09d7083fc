#include "lib/tls/x509_build.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

std::time_t seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bool push_name(GENERAL_NAMES* names, int type, int string_type, std::string_view value) {
  GeneralNamePtr name(GENERAL_NAME_new());
  Asn1StringPtr text(ASN1_STRING_type_new(string_type));
  if (!name || !text ||
      ASN1_STRING_set(text.get(), value.data(), static_cast<int>(value.size())) != 1) {
    return false;
  }
  GENERAL_NAME_set0_value(name.get(), type, text.release());  // name takes the string
  return sk_GENERAL_NAME_push(names, name.get()) > 0 &&
         name.release() != nullptr;  // names takes the name
}

}  // namespace

bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> number{};
  if (RAND_bytes(number.data(), number.size()) != 1) return false;
  // The highest bit would make it negative; the next one keeps it from being shorter.
  number.front() = static_cast<unsigned char>((number.front() & 0x3f) | 0x40);
  return ASN1_STRING_set(X509_get_serialNumber(certificate), number.data(), number.size()) == 1;
}

bool set_validity(X509* certificate, Time not_before, Time not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(not_after)) != nullptr;
}

bool add_name_entry(X509_NAME* name, int nid, std::string_view value) {
  if (value.empty()) return true;
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, octets(value),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_encoded_extension(X509* certificate, int nid, ByteView der) {
  if (der.empty()) return true;
  const Asn1StringPtr value(ASN1_OCTET_STRING_new());
  if (!value || ASN1_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) != 1)
    return false;
  const ExtensionPtr extension(X509_EXTENSION_create_by_NID(nullptr, nid, 1, value.get()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_alternative_names(X509* certificate, const NameSet& names,
                           const std::vector<std::string>& emails) {
  const GeneralNamesPtr list(GENERAL_NAMES_new());
  if (!list) return false;
  for (const std::string& name : names.dns()) {
    if (!push_name(list.get(), GEN_DNS, V_ASN1_IA5STRING, name)) return false;
  }
  for (const Bytes& ip : names.ips()) {
    if (!push_name(list.get(), GEN_IPADD, V_ASN1_OCTET_STRING, ip)) return false;
  }
  for (const std::string& email : emails) {
    if (!push_name(list.get(), GEN_EMAIL, V_ASN1_IA5STRING, email)) return false;
  }
  const int critical = X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0 ? 1 : 0;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), critical, 0) == 1;
}

bool add_authority_key_id(X509* certificate, const X509* issuer) {
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(const_cast<X509*>(issuer));
  if (id == nullptr) return true;
  const AuthorityKeyIdPtr authority(AUTHORITY_KEYID_new());
  if (!authority) return false;
  authority->keyid = ASN1_OCTET_STRING_dup(id);
  return authority->keyid != nullptr &&
         X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority.get(), 0, 0) == 1;
}

}  // namespace mitm::tls
