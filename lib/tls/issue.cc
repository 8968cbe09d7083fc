#include "lib/tls/issue.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lib/tls/certificate_signer.h"
#include "lib/tls/error.h"
#include "lib/tls/idna.h"
#include "lib/tls/names.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_build.h"

namespace mitm::tls {
namespace {

constexpr auto kBackdate = std::chrono::hours(1);
constexpr int kRsaBits = 2048;
constexpr std::size_t kMaxCommonName = 64;

struct Subject {
  std::string common_name = {};
  bool has_organisation = true;
  NameSet names = {};
  std::vector<std::string> emails = {};
};

std::unexpected<Error> refuse(std::string_view name, std::string hint) {
  return fail(Code::kUsage,
              fmt::format("'{}' is not a name that a certificate could carry", printable(name, 80)),
              std::move(hint));
}

bool is_email(std::string_view name) {
  const auto at = name.find('@');
  return at != std::string_view::npos && at > 0 && at == name.rfind('@') &&
         normalise_dns(name.substr(at + 1)).has_value();
}

bool is_plain_word(std::string_view name) {
  return !name.empty() && name.size() <= kMaxCommonName &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != '/'; });
}

std::string hint_for(std::string_view name) {
  if (name.find("//") != std::string_view::npos) return "name the host alone, without https://";
  if (name.find('/') != std::string_view::npos) return "name hosts, not networks or paths";
  if (name.size() > 253) return "a host name has at most 253 characters";
  if (name.find(':') != std::string_view::npos) return "a port has no place in a certificate";
  if (name.find('*') != std::string_view::npos)
    return "a wildcard stands alone in front: *.example.com";
  return "write it as example.com, *.example.com, 192.0.2.1 or ::1";
}

std::unexpected<Error> refuse_to_sign(std::string_view name, const CertificateAuthority& ca) {
  return fail(Code::kUsage, fmt::format("the CA may not sign '{}', clients would refuse it", name),
              fmt::format("it is for: {}", ca.constraints().describe()));
}

Status add_host(Subject& subject, const std::string& host, const CertificateAuthority& ca) {
  auto ascii = ascii_name(host);
  if (!ascii) return std::unexpected(std::move(ascii).error());
  if (!parse_ip(*ascii) && !normalise_dns(*ascii)) return refuse(host, hint_for(host));
  if (!subject.names.add(*ascii))
    return fail(Code::kUsage, fmt::format("more than {} names", NameSet::kMaxNames));
  const std::string name = normalise_dns(*ascii).value_or(*ascii);
  if (subject.common_name.empty() && name.size() <= kMaxCommonName &&
      ca.constraints().permit_common_name(name))
    subject.common_name = name;
  return ca.constraints().permit(name) ? Status() : refuse_to_sign(name, ca);
}

Status add_email(Subject& subject, const std::string& email, const CertificateAuthority& ca) {
  if (!ca.constraints().permit_email(email)) return refuse_to_sign(email, ca);
  subject.emails.push_back(email);
  if (subject.common_name.empty()) subject.common_name = email.substr(0, kMaxCommonName);
  return {};
}

Result<Subject> subject_of(const IssueOptions& options, const CertificateAuthority& ca) {
  Subject subject;
  for (const std::string& name : options.names) {
    if (options.client && is_email(name)) {
      MITM_TRY(add_email(subject, name, ca));
    } else if (options.client && !normalise_dns(name) && !parse_ip(name) && is_plain_word(name)) {
      if (subject.common_name.empty()) subject.common_name = name;
    } else {
      MITM_TRY(add_host(subject, name, ca));
    }
  }
  if (!ca.constraints().restrict_subjects()) return subject;
  // Nobody minds an empty one where there are other names.
  subject.common_name.clear();
  subject.has_organisation = false;
  if (subject.names.empty() && subject.emails.empty())
    return refuse_to_sign(options.names.front(), ca);
  return subject;
}

bool fill(X509* leaf, const CertificateAuthority& ca, EVP_PKEY* key, const Subject& who,
          const IssueOptions& options, Time now) {
  const bool rsa = options.key == KeyType::kRsa;
  X509_NAME* subject = X509_get_subject_name(leaf);
  const Time from = std::max<Time>(now - kBackdate, ca.not_before());
  const Time to = std::min<Time>(now + std::chrono::days(options.days), ca.not_after());
  return X509_set_version(leaf, X509_VERSION_3) == 1 && set_random_serial(leaf) &&
         set_validity(leaf, from, to) && X509_set_pubkey(leaf, key) == 1 &&
         add_name_entry(subject, NID_organizationName, who.has_organisation ? "mitmkit" : "") &&
         add_name_entry(subject, NID_commonName, who.common_name) &&
         X509_set_issuer_name(leaf, X509_get_subject_name(ca.certificate())) == 1 &&
         add_extension(leaf, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(
             leaf, NID_key_usage,
             rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
         add_extension(leaf, NID_ext_key_usage,
                       options.client ? "clientAuth,serverAuth" : "serverAuth") &&
         add_extension(leaf, NID_subject_key_identifier, "hash") &&
         add_authority_key_id(leaf, ca.certificate()) &&
         ((who.names.empty() && who.emails.empty()) ||
          add_alternative_names(leaf, who.names, who.emails)) &&
         sign(leaf, ca.key());
}

}  // namespace

Result<Leaf> issue(const CertificateAuthority& ca, const IssueOptions& options, Time now) {
  const auto subject = subject_of(options, ca);
  if (!subject) return std::unexpected(subject.error());
  auto key = generate_key(options.key, kRsaBits);
  if (!key) return std::unexpected(std::move(key).error());
  ERR_clear_error();
  X509Ptr certificate(X509_new());
  if (!certificate || !fill(certificate.get(), ca, key->get(), *subject, options, now))
    return fail_tls("make certificate");
  return Leaf(std::move(certificate), *std::move(key), ca.issuers());
}

}  // namespace mitm::tls
