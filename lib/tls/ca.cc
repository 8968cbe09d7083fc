#include "lib/tls/ca.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "lib/base/utf8.h"
#include "lib/tls/certificate_signer.h"
#include "lib/tls/error.h"
#include "lib/tls/names.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_build.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

constexpr std::size_t kMaxCommonName = 64;  // ub-common-name, RFC 5280, appendix A.1
constexpr int kRsaBits = 3072;

// A clock that says otherwise is wrong: the first is older than this program, and what a CA made at
// the last would need for its end, Time cannot hold.
constexpr Time kYoungest = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr Time kOldest = std::chrono::sys_days(std::chrono::year(2150) / 1 / 1);

std::string date(Time time) { return format_rfc3339(time).substr(0, 10); }

/// A certificate of a CA that is to be signed by `issuer`, or by itself when that is null.
struct Blank {
  const std::string& name;
  Time now;
  const CaOptions& options;
  EVP_PKEY* key;
  const X509* issuer;
  EVP_PKEY* issuer_key;
  const char* basic_constraints;
};

bool fill(X509* certificate, const Blank& blank) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
         set_validity(certificate, blank.now - CaOptions::kBackdate,
                      blank.now + std::chrono::days(blank.options.days)) &&
         X509_set_pubkey(certificate, blank.key) == 1 &&
         add_name_entry(subject, NID_organizationName, "mitmkit") &&
         add_name_entry(subject, NID_commonName, blank.name) &&
         X509_set_issuer_name(certificate, blank.issuer != nullptr
                                               ? X509_get_subject_name(blank.issuer)
                                               : subject) == 1 &&
         add_extension(certificate, NID_basic_constraints, blank.basic_constraints) &&
         add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         add_extension(certificate, NID_subject_key_identifier, "hash") &&
         (blank.issuer == nullptr || add_authority_key_id(certificate, blank.issuer)) &&
         add_encoded_extension(certificate, NID_name_constraints, blank.options.name_constraints) &&
         add_encoded_extension(certificate, NID_ext_key_usage, blank.options.key_purposes) &&
         sign(certificate, blank.issuer_key != nullptr ? blank.issuer_key : blank.key);
}

Result<X509Ptr> make(const Blank& blank) {
  ERR_clear_error();
  X509Ptr certificate(X509_new());
  if (!certificate || !fill(certificate.get(), blank)) return fail_tls("make CA certificate");
  return certificate;
}

/// The name of what an anchor named `name` signs: another one, or it would seem to sign itself.
std::string name_below(std::string_view name) {
  constexpr std::string_view kSuffix = " (signing)";
  std::string result(name);
  while (result.size() + kSuffix.size() > kMaxCommonName) {
    // A whole character of UTF-8.
    while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xc0) == 0x80)
      result.pop_back();
    if (!result.empty()) result.pop_back();
  }
  return result + std::string(kSuffix);
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

Status check_options(const CaOptions& options, Time now) {
  if (options.days < 1 || options.days > CaOptions::kMaxDays) {
    return fail(Code::kUsage, fmt::format("a CA is valid for 1 to {} days, not {}",
                                          CaOptions::kMaxDays, options.days));
  }
  if (now < kYoungest || now > kOldest) {
    return fail(Code::kTls,
                fmt::format("make CA certificate: today is {}, says the clock", date(now)),
                "set the clock right, or the CA is valid at some other time");
  }
  return check_name(options.name);
}

X509Ptr share(X509* certificate) {
  X509_up_ref(certificate);
  return X509Ptr(certificate);
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

CertificateAuthority::CertificateAuthority(CaPath path, PkeyPtr key)
    : path_(std::move(path)),
      key_(std::move(key)),
      facts_(certificate_facts(path_.back().get())),
      validity_(validity_of(path_)) {
  for (const X509Ptr& certificate : path_) {
    constraints_.add(certificate.get());
    // OpenSSL notes what a certificate's extensions say at their first use, which is not to be when
    // threads share it.
    X509_check_purpose(certificate.get(), -1, 0);
  }
  ERR_clear_error();
}

Result<CertificateAuthority> CertificateAuthority::create(const CaOptions& options, Time now) {
  MITM_TRY(check_options(options, now));
  auto key = generate_key(options.key, kRsaBits);
  if (!key) return std::unexpected(std::move(key).error());
  const std::string name = options.name.empty() ? default_ca_name() : options.name;
  const bool alone = options.name_constraints.empty();
  auto anchor = make({name, now, options, key->get(), nullptr, nullptr,
                      alone ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE,pathlen:1"});
  if (!anchor) return std::unexpected(std::move(anchor).error());
  CaPath path;
  if (!alone) {
    const PkeyPtr anchor_key = *std::move(key);  // ends here
    key = generate_key(options.key, kRsaBits);
    if (!key) return std::unexpected(std::move(key).error());
    const std::string below = name_below(name);
    auto signing = make({below, now, options, key->get(), anchor->get(), anchor_key.get(),
                         "critical,CA:TRUE,pathlen:0"});
    if (!signing) return std::unexpected(std::move(signing).error());
    path.push_back(*std::move(signing));
  }
  path.push_back(*std::move(anchor));
  return CertificateAuthority(std::move(path), *std::move(key));
}

Result<CertificateAuthority> CertificateAuthority::from_pem(ByteView certificates, ByteView key,
                                                            Time now, const std::string& name,
                                                            const AskPassphrase& ask) {
  auto parsed = certificates_from_pem(certificates, name);
  if (!parsed) return std::unexpected(std::move(parsed).error());
  if (parsed->empty()) return fail(Code::kCorrupt, fmt::format("{}: holds no certificate", name));
  auto private_key = key_from_pem(key, name, ask);
  if (!private_key) return std::unexpected(std::move(private_key).error());
  return from_parts({*std::move(private_key), *std::move(parsed)}, now, name);
}

Result<CertificateAuthority> CertificateAuthority::from_parts(KeyAndCertificates parts, Time now,
                                                              const std::string& name) {
  auto path = path_from_key(parts.certificates, parts.key.get(), now);
  if (path.empty()) {
    return fail(Code::kCorrupt,
                fmt::format("{}: key and certificate do not belong together", name));
  }
  MITM_TRY(check_path(path, now, name));
  return CertificateAuthority(std::move(path), std::move(parts.key));
}

Result<Bytes> CertificateAuthority::certificate_pem() const {
  return certificate_to_pem(path_.back().get());
}

Result<Bytes> CertificateAuthority::all_certificates_pem() const {
  Bytes all;
  for (const X509Ptr& certificate : std::views::reverse(path_)) {
    const auto pem = certificate_to_pem(certificate.get());
    if (!pem) return pem;
    all += *pem;
  }
  return all;
}

Result<Bytes> CertificateAuthority::key_pem(const std::string& passphrase) const {
  return key_to_pem(key_.get(), passphrase);
}

std::vector<X509Ptr> CertificateAuthority::issuers() const {
  std::vector<X509Ptr> result;
  for (const X509Ptr& certificate : path_ | std::views::take(path_.size() - 1))
    result.push_back(share(certificate.get()));
  return result;
}

}  // namespace mitm::tls
