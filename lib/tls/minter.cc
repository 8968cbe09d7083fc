#include "lib/tls/minter.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lib/tls/error.h"
#include "lib/tls/name_constraints.h"
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

std::string subject_entry_or_nothing(const X509_NAME* subject, int nid) {
  std::string text = name_entry(subject, nid);
  return fits_subject(text) && text.find('\0') == std::string::npos ? text : std::string();
}

void add_permitted(std::string_view name, const NameConstraints& constraints, NameSet& names) {
  // Common names need not be host names ("My Router").
  if (constraints.permit(name)) static_cast<void>(names.add(name));
}

Status take_over(const flow::Certificate& original, const NameConstraints& constraints,
                 Identity& identity) {
  const auto subject = subject_from_der(original.der, "the server's certificate");
  if (!subject) return std::unexpected(subject.error());
  std::string common_name = subject_entry_or_nothing(subject->get(), NID_commonName);
  add_permitted(common_name, constraints, identity.names);
  for (const std::string& name : original.dns_names) {
    add_permitted(name, constraints, identity.names);
  }
  for (const std::string& ip : original.ip_names) add_permitted(ip, constraints, identity.names);
  if (constraints.restrict_subjects()) return {};
  identity.organisation = subject_entry_or_nothing(subject->get(), NID_organizationName);
  // One that is a host name is judged as such where there is none among the alternative names.
  if (constraints.permit_common_name(common_name)) identity.common_name = std::move(common_name);
  return {};
}

Result<Identity> identify(const LeafRequest& request, const NameConstraints& constraints) {
  Identity identity;
  // First, so that a long list cannot crowd out the names that matter.
  const bool host_fits = identity.names.add(request.host);
  for (const std::string& name : request.besides) add_permitted(name, constraints, identity.names);
  if (request.original && !request.original->certificates.empty()) {
    MITM_TRY(take_over(request.original->certificates.front(), constraints, identity));
  }
  if (identity.names.empty()) {
    return fail(Code::kTls, fmt::format("make certificate: '{}' is not a name that it could carry",
                                        printable(request.host)));
  }
  if (identity.common_name.empty() && host_fits && fits_subject(request.host) &&
      !constraints.restrict_subjects() && constraints.permit_common_name(request.host)) {
    identity.common_name = request.host;
  }
  return identity;
}

struct Validity {
  Time from;
  Time to;
};

Result<Validity> choose_validity(const CertificateAuthority& ca, Time now) {
  if (now > ca.not_after() || now < ca.not_before()) {
    return fail(Code::kTls,
                fmt::format("make certificate: the CA is valid from {} to {} only",
                            format_rfc3339(ca.not_before()), format_rfc3339(ca.not_after())),
                "it has to be replaced, see mitm-ca(1)");
  }
  const Time from = std::max(now - kBackdate, ca.not_before());
  // Both ends belong to the period (RFC 5280, section 4.1.2.5).
  return Validity{from, std::min(from + kLifetime - std::chrono::seconds(1), ca.not_after())};
}

bool fill(X509* leaf, const LeafKind& kind, const Identity& identity, Validity validity) {
  X509_NAME* subject = X509_get_subject_name(leaf);
  return kind.imprint(leaf) && set_random_serial(leaf) &&
         set_validity(leaf, validity.from, validity.to) &&
         add_name_entry(subject, NID_organizationName, identity.organisation) &&
         add_name_entry(subject, NID_commonName, identity.common_name) &&
         add_alternative_names(leaf, identity.names);
}

PkeyPtr share(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return PkeyPtr(key);
}

}  // namespace

Result<std::unique_ptr<LeafMinter>> LeafMinter::create(const CertificateAuthority& ca) {
  auto ec = LeafKind::create(KeyType::kEc, ca);
  if (!ec) return std::unexpected(std::move(ec).error());
  auto signer = CertificateSigner::create(ca.key());
  if (!signer) return std::unexpected(std::move(signer).error());
  return std::unique_ptr<LeafMinter>(new LeafMinter(ca, *std::move(ec), *std::move(signer)));
}

Result<const LeafKind*> LeafMinter::kind_of(KeyType type) {
  if (type == KeyType::kEc) return &ec_;
  const std::lock_guard lock(rsa_mutex_);
  if (!rsa_) {
    auto rsa = LeafKind::create(KeyType::kRsa, ca_);
    if (!rsa) return std::unexpected(std::move(rsa).error());
    rsa_ = *std::move(rsa);
  }
  return &*rsa_;
}

Result<std::shared_ptr<const Leaf>> LeafMinter::mint(const LeafRequest& request, Time now) {
  const auto validity = choose_validity(ca_, now);
  if (!validity) return std::unexpected(validity.error());
  const auto identity = identify(request, ca_.constraints());
  if (!identity) return std::unexpected(identity.error());
  const auto kind = kind_of(request.key);
  if (!kind) return std::unexpected(kind.error());
  ERR_clear_error();
  X509Ptr certificate(X509_new());
  if (!certificate || !fill(certificate.get(), **kind, *identity, *validity) ||
      !signer_.sign(certificate.get())) {
    return fail_tls(fmt::format("make certificate for {}", printable(request.host)));
  }
  return std::make_shared<const Leaf>(std::move(certificate), share((*kind)->key()), ca_.issuers());
}

}  // namespace mitm::tls
