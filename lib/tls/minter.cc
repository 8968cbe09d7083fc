#include "lib/tls/minter.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lib/tls/error.h"
#include "lib/tls/names.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_build.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

// Public certificates last at most 200 days since March 2026, and clients that apply that to
// private CAs count the backdate.
constexpr auto kLifetime = std::chrono::days(197);
constexpr auto kBackdate = std::chrono::days(2);  // for clients whose clock is late
constexpr int kRsaBits = 2048;
constexpr std::size_t kMaxSubjectEntry = 64;  // ub-common-name, ub-organization-name: RFC 5280, A.1

struct Identity {
  std::string common_name;   ///< may be empty
  std::string organisation;  ///< may be empty
  NameSet names;
};

/// In characters of UTF-8, which is what the upper bound counts.
bool fits_subject(std::string_view text) {
  const auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, is_first)) <= kMaxSubjectEntry;
}

std::string subject_entry_or_nothing(const X509* certificate, int nid) {
  std::string text = subject_entry(certificate, nid);
  return fits_subject(text) && text.find('\0') == std::string::npos ? text : std::string();
}

void add_permitted(std::string_view name, const NameConstraints& constraints, NameSet& names) {
  // Common names need not be host names ("My Router").
  if (constraints.permit(name)) static_cast<void>(names.add(name));
}

Status take_over(const flow::Certificate& original, const NameConstraints& constraints,
                 Identity& identity) {
  const auto certificate = certificate_from_der(original.der, "the server's certificate");
  if (!certificate) return std::unexpected(certificate.error());
  std::string common_name = subject_entry_or_nothing(certificate->get(), NID_commonName);
  add_permitted(common_name, constraints, identity.names);
  for (const std::string& name : original.dns_names) {
    add_permitted(name, constraints, identity.names);
  }
  for (const std::string& ip : original.ip_names) add_permitted(ip, constraints, identity.names);
  if (constraints.restrict_subjects()) return {};
  identity.organisation = subject_entry_or_nothing(certificate->get(), NID_organizationName);
  // One that is a host name is judged as such where there is none among the alternative names.
  if (constraints.permit(common_name)) identity.common_name = std::move(common_name);
  return {};
}

Result<Identity> identify(const LeafRequest& request, const NameConstraints& constraints) {
  Identity identity;
  // First, so that a long list cannot crowd out the one name that matters.
  const bool host_fits = identity.names.add(request.host);
  if (request.original && !request.original->certificates.empty()) {
    MITM_TRY(take_over(request.original->certificates.front(), constraints, identity));
  }
  if (identity.names.empty()) {
    return fail(Code::kTls, fmt::format("make certificate: '{}' is not a name that it could carry",
                                        printable(request.host)));
  }
  if (identity.common_name.empty() && host_fits && fits_subject(request.host) &&
      !constraints.restrict_subjects()) {
    identity.common_name = request.host;
  }
  return identity;
}

struct Validity {
  Time from;
  Time to;
};

Result<Validity> choose_validity(const flow::Certificate& ca, Time now) {
  if (now > ca.not_after || now < ca.not_before) {
    return fail(Code::kTls,
                fmt::format("make certificate: the CA is valid from {} to {} only",
                            format_rfc3339(ca.not_before), format_rfc3339(ca.not_after)),
                "it has to be replaced, see mitm-ca(1)");
  }
  const Time from = std::max(now - kBackdate, ca.not_before);
  // Both ends belong to the period (RFC 5280, section 4.1.2.5).
  return Validity{from, std::min(from + kLifetime - std::chrono::seconds(1), ca.not_after)};
}

bool fill(X509* leaf, const CertificateAuthority& ca, EVP_PKEY* key, const Identity& identity,
          Validity validity, KeyType type) {
  // RSA key exchange, up to TLS 1.2, encrypts with the key.
  const char* usage = type == KeyType::kRsa ? "critical,digitalSignature,keyEncipherment"
                                            : "critical,digitalSignature";
  X509_NAME* subject = X509_get_subject_name(leaf);
  return X509_set_version(leaf, X509_VERSION_3) == 1 && set_random_serial(leaf) &&
         set_validity(leaf, validity.from, validity.to) && X509_set_pubkey(leaf, key) == 1 &&
         add_name_entry(subject, NID_organizationName, identity.organisation) &&
         add_name_entry(subject, NID_commonName, identity.common_name) &&
         X509_set_issuer_name(leaf, X509_get_subject_name(ca.certificate())) == 1 &&
         add_extension(leaf, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(leaf, NID_key_usage, usage) &&
         add_extension(leaf, NID_ext_key_usage, "serverAuth") &&
         add_extension(leaf, NID_subject_key_identifier, "hash") &&
         add_authority_key_id(leaf, ca.certificate()) &&
         add_alternative_names(leaf, identity.names) && sign(leaf, ca.key());
}

PkeyPtr share(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return PkeyPtr(key);
}

}  // namespace

Result<std::unique_ptr<LeafMinter>> LeafMinter::create(const CertificateAuthority& ca) {
  auto key = generate_key(KeyType::kEc, 0);
  if (!key) return std::unexpected(std::move(key).error());
  return std::unique_ptr<LeafMinter>(new LeafMinter(ca, *std::move(key)));
}

Result<PkeyPtr> LeafMinter::share_key(KeyType type) {
  if (type == KeyType::kEc) return share(ec_key_.get());
  const std::lock_guard lock(rsa_mutex_);
  if (!rsa_key_) {
    auto key = generate_key(KeyType::kRsa, kRsaBits);
    if (!key) return key;
    rsa_key_ = *std::move(key);
  }
  return share(rsa_key_.get());
}

Result<std::shared_ptr<const Leaf>> LeafMinter::mint(const LeafRequest& request, Time now) {
  const auto validity = choose_validity(ca_.facts(), now);
  if (!validity) return std::unexpected(validity.error());
  const auto identity = identify(request, constraints_);
  if (!identity) return std::unexpected(identity.error());
  auto key = share_key(request.key);
  if (!key) return std::unexpected(std::move(key).error());
  ERR_clear_error();
  X509Ptr certificate(X509_new());
  if (!certificate ||
      !fill(certificate.get(), ca_, key->get(), *identity, *validity, request.key)) {
    return fail_tls(fmt::format("make certificate for {}", printable(request.host)));
  }
  return std::make_shared<const Leaf>(std::move(certificate), *std::move(key));
}

}  // namespace mitm::tls
