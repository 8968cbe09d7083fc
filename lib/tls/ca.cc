#include "lib/tls/ca.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

#include "lib/base/utf8.h"
#include "lib/tls/error.h"
#include "lib/tls/names.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_build.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

constexpr std::size_t kMaxCommonName = 64;  // ub-common-name, RFC 5280, appendix A.1
constexpr int kRsaBits = 3072;
constexpr auto kBackdate = std::chrono::days(2);

bool fill(X509* certificate, EVP_PKEY* key, const std::string& name, Time now, int days) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
         set_validity(certificate, now - kBackdate, now + std::chrono::days(days)) &&
         X509_set_pubkey(certificate, key) == 1 &&
         add_name_entry(subject, NID_organizationName, "mitmkit") &&
         add_name_entry(subject, NID_commonName, name) &&
         X509_set_issuer_name(certificate, subject) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         add_extension(certificate, NID_subject_key_identifier, "hash") && sign(certificate, key);
}

/// Counts characters, as the bound does.
Status check_name(std::string_view name) {
  std::size_t characters = 0;
  while (!name.empty()) {
    const Utf8Character next = decode_utf8(name);
    const bool control = next.code < 0x20 || (next.code >= 0x7f && next.code < 0xa0);
    if (next.size == 0 || control) {
      return fail(Code::kUsage, "the name of a CA must be UTF-8 without control characters");
    }
    name.remove_prefix(next.size);
    ++characters;
  }
  if (characters <= kMaxCommonName) return {};
  return fail(Code::kUsage, fmt::format("the name of a CA has at most {} characters, not {}",
                                        kMaxCommonName, characters));
}

Status check_options(const CaOptions& options) {
  if (options.days < 1 || options.days > CaOptions::kMaxDays) {
    return fail(Code::kUsage, fmt::format("a CA is valid for 1 to {} days, not {}",
                                          CaOptions::kMaxDays, options.days));
  }
  return check_name(options.name);
}

std::string date(Time time) { return format_rfc3339(time).substr(0, 10); }

Status check_usable(const CertificateAuthority& ca, Time now, const std::string& name) {
  if (X509_check_private_key(ca.certificate(), ca.key()) != 1) {
    ERR_clear_error();
    return fail(Code::kCorrupt,
                fmt::format("{}: key and certificate do not belong together", name));
  }
  // 1: basicConstraints says so; other positive answers are for X.509 version 1 and Netscape.
  if (X509_check_ca(const_cast<X509*>(ca.certificate())) != 1) {
    return fail(Code::kCorrupt, fmt::format("{}: not a CA certificate", name));
  }
  if (now > ca.facts().not_after) {
    return fail(Code::kTls, fmt::format("{}: expired on {}", name, date(ca.facts().not_after)));
  }
  if (now < ca.facts().not_before) {
    return fail(Code::kTls,
                fmt::format("{}: not valid before {}", name, date(ca.facts().not_before)),
                "is the clock right?");
  }
  return {};
}

}  // namespace

std::string default_ca_name(std::string_view user, std::string_view host) {
  constexpr std::string_view kFrame = "mitmkit CA ()";
  const std::string who = fmt::format("{}@{}", user, host.substr(0, host.find('.')));
  return fmt::format("mitmkit CA ({})", printable(who, kMaxCommonName - kFrame.size()));
}

std::string default_ca_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '\0';
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return default_ca_name(found != nullptr ? found->pw_name : std::to_string(::geteuid()),
                         host.data());
}

CertificateAuthority::CertificateAuthority(X509Ptr certificate, PkeyPtr key)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      facts_(certificate_facts(certificate_.get())) {
  // OpenSSL notes what a certificate's extensions say at their first use, which is not to be when
  // threads share it.
  X509_check_purpose(certificate_.get(), -1, 0);
  ERR_clear_error();
}

Result<CertificateAuthority> CertificateAuthority::create(const CaOptions& options, Time now) {
  MITM_TRY(check_options(options));
  auto key = generate_key(options.key, kRsaBits);
  if (!key) return std::unexpected(std::move(key).error());
  ERR_clear_error();
  X509Ptr certificate(X509_new());
  const std::string name = options.name.empty() ? default_ca_name() : options.name;
  if (!certificate || !fill(certificate.get(), key->get(), name, now, options.days)) {
    return fail_tls("make CA certificate");
  }
  return CertificateAuthority(std::move(certificate), *std::move(key));
}

Result<CertificateAuthority> CertificateAuthority::from_pem(ByteView certificate, ByteView key,
                                                            Time now, const std::string& name) {
  auto certificates = certificates_from_pem(certificate, name);
  if (!certificates) return std::unexpected(std::move(certificates).error());
  if (certificates->empty()) {
    return fail(Code::kCorrupt, fmt::format("{}: holds no certificate", name));
  }
  auto private_key = key_from_pem(key, name);
  if (!private_key) return std::unexpected(std::move(private_key).error());
  CertificateAuthority ca(std::move(certificates->front()), *std::move(private_key));
  MITM_TRY(check_usable(ca, now, name));
  return ca;
}

Result<Bytes> CertificateAuthority::certificate_pem() const {
  return certificate_to_pem(certificate_.get());
}

Result<Bytes> CertificateAuthority::key_pem() const { return key_to_pem(key_.get()); }

}  // namespace mitm::tls
