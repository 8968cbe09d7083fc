#include "lib/tls/ca_fitness.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/base/display.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

constexpr int kFewestRsaBits = 2048;  // what security level 2 of OpenSSL, and browsers, ask for

/// The first critical extension that OpenSSL cannot check, as a dotted number or a name.
std::string unknown_critical_extension(X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) != 1 || X509_supported_extension(extension) == 1)
      continue;
    char name[80];
    OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(extension), 0);
    return name;
  }
  return {};
}

Status refuse_what_nobody_takes(X509* certificate, const std::string& name) {
  const unsigned flags = X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_INVALID) != 0)
    return fail(Code::kCorrupt, fmt::format("{}: an extension is damaged", name));
  if ((flags & EXFLAG_CRITICAL) != 0) {
    return fail(Code::kUnsupported,
                fmt::format("{}: clients would refuse its critical extension {}", name,
                            unknown_critical_extension(certificate)));
  }
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 1) != 1) {
    return fail(Code::kUnsupported,
                fmt::format("{}: its extendedKeyUsage does not let it sign for servers", name));
  }
  if (const std::string objection = NameConstraints(certificate).objection(); !objection.empty())
    return fail(Code::kUnsupported, fmt::format("{}: its nameConstraints {}", name, objection));
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) < kFewestRsaBits) {
    return fail(Code::kUnsupported,
                fmt::format("{}: clients refuse RSA keys of {} bits, {} is the least", name,
                            EVP_PKEY_get_bits(key), kFewestRsaBits));
  }
  return {};
}

bool is_critical(const X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1;
}

bool browsers_take(const EVP_PKEY* key, const std::string& described) {
  return EVP_PKEY_is_a(key, "RSA") == 1 || described == "EC P-256" || described == "EC P-384" ||
         described == "EC P-521";
}

std::vector<std::string> objections_to(X509* certificate) {
  std::vector<std::string> objections;
  constexpr auto kStrict = "Python from 3.13 on and other strict verifiers refuse";
  if (X509_get0_subject_key_id(certificate) == nullptr)
    objections.push_back(fmt::format("it has no subjectKeyIdentifier: {} what it signs", kStrict));
  if (X509_get_ext_by_NID(certificate, NID_key_usage, -1) < 0)
    objections.push_back(fmt::format("it has no keyUsage: {} it", kStrict));
  if (!is_critical(certificate, NID_basic_constraints))
    objections.push_back(fmt::format("its basicConstraints are not critical: {} it", kStrict));
  if (!browsers_take(X509_get0_pubkey(certificate), certificate_facts(certificate).key))
    objections.emplace_back("browsers refuse its kind of key");
  return objections;
}

}  // namespace

Result<std::vector<std::string>> examine_fitness(const CertificateAuthority& ca,
                                                 const std::string& name) {
  ERR_clear_error();
  std::vector<std::string> objections;
  for (const X509Ptr& certificate : ca.path()) {
    const bool is_issuer = certificate != ca.path().front();
    const std::string subject = printable(certificate_facts(certificate.get()).subject);
    const std::string source = is_issuer ? fmt::format("{}: its issuer '{}'", name, subject) : name;
    MITM_TRY(refuse_what_nobody_takes(certificate.get(), source));
    for (std::string& one : objections_to(certificate.get()))
      objections.push_back(is_issuer ? fmt::format("its issuer '{}': {}", subject, one)
                                     : std::move(one));
  }
  if (ca.facts().issuer != ca.facts().subject) {
    objections.emplace_back(
        "it is not its own issuer, and that one is not in the file: some clients trust nothing but "
        "roots");
  }
  ERR_clear_error();
  return objections;
}

}  // namespace mitm::tls
