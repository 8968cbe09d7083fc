#include "lib/tls/ca_path.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>

#include "lib/base/display.h"
#include "lib/tls/x509_facts.h"

// Names alone do not tell who issued a certificate: a CA that was renewed with another key, or one
// that somebody called the same, has the same name. Signatures do.
namespace mitm::tls {
namespace {

X509Ptr share(X509* certificate) {
  X509_up_ref(certificate);
  return X509Ptr(certificate);
}

bool signed_by(X509* certificate, X509* issuer) {
  if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0)
    return false;
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  return key != nullptr && X509_verify(certificate, key) == 1;
}

bool is_valid(const X509* certificate, Time now) {
  return certificate_not_before(certificate) <= now && now <= certificate_not_after(certificate);
}

bool is_on(const CaPath& path, const X509* certificate) {
  return std::ranges::any_of(
      path, [&](const X509Ptr& one) { return X509_cmp(one.get(), certificate) == 0; });
}

/// Of several certificates with one key, such as a renewed root or one that others signed too, that
/// which gets furthest: valid, and its own issuer.
int merit(X509* certificate, Time now) {
  return (is_valid(certificate, now) ? 2 : 0) + (signed_by(certificate, certificate) ? 1 : 0);
}

/// The first of those with the most merit; nullptr: none fits.
template <typename Fits>
X509* best_of(const std::vector<X509Ptr>& certificates, Time now, const Fits& fits) {
  X509* best = nullptr;
  for (const X509Ptr& candidate : certificates) {
    if (!fits(candidate.get())) continue;
    if (best == nullptr || merit(candidate.get(), now) > merit(best, now)) best = candidate.get();
  }
  return best;
}

X509* issuer_of(const std::vector<X509Ptr>& certificates, const CaPath& path, Time now) {
  return best_of(certificates, now, [&](X509* candidate) {
    return !is_on(path, candidate) && signed_by(path.back().get(), candidate);
  });
}

bool have_one_key(const X509* one, const X509* other) {
  return EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)) == 1;
}

/// Whether `one` issued `other` from above it: not as the same CA under a renewed certificate, and
/// not as one of two CAs that certify each other.
bool is_above(X509* one, X509* other) {
  return !have_one_key(one, other) && signed_by(other, one) && !signed_by(one, other);
}

CaPath climb(const std::vector<X509Ptr>& certificates, X509* lowest, Time now) {
  CaPath path;
  path.push_back(share(lowest));
  while (!signed_by(path.back().get(), path.back().get())) {
    X509* issuer = issuer_of(certificates, path, now);
    if (issuer == nullptr) break;
    path.push_back(share(issuer));
  }
  ERR_clear_error();
  return path;
}

std::string date(Time time) { return format_rfc3339(time).substr(0, 10); }

/// "both.pem", and for issuers "both.pem: its issuer 'CN=Root'".
std::string name_of(const X509* certificate, std::size_t height, const std::string& name) {
  if (height == 0) return name;
  return fmt::format("{}: its issuer '{}'", name,
                     printable(certificate_facts(certificate).subject));
}

/// `below`: how many CAs it has signed its way down to.
Status check_one(X509* certificate, std::size_t below, Time now, const std::string& name) {
  // 1: basicConstraints says so; other positive answers are for X.509 version 1 and Netscape.
  if (X509_check_ca(certificate) != 1) {
    const bool may_not_sign = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
    return fail(Code::kCorrupt,
                fmt::format("{}: {}", name,
                            may_not_sign ? "its keyUsage does not let it sign certificates"
                                         : "not a CA certificate"));
  }
  const long most = X509_get_pathlen(certificate);
  if (most >= 0 && below > static_cast<std::size_t>(most)) {
    return fail(Code::kCorrupt, fmt::format("{}: its path length of {} allows no {} below it", name,
                                            most, most == 0 ? "CA" : "more CAs"));
  }
  if (now > certificate_not_after(certificate)) {
    return fail(Code::kTls,
                fmt::format("{}: expired on {}", name, date(certificate_not_after(certificate))));
  }
  if (now < certificate_not_before(certificate)) {
    return fail(
        Code::kTls,
        fmt::format("{}: not valid before {}", name, date(certificate_not_before(certificate))),
        "is the clock right?");
  }
  return {};
}

bool is_its_own_issuer(const X509* certificate) {
  return X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(certificate)) == 0;
}

/// The value of an extension; nullopt: it has none.
std::optional<Bytes> extension_of(const X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return std::nullopt;
  const ASN1_OCTET_STRING* der = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  return Bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(der)),
               static_cast<std::size_t>(ASN1_STRING_length(der)));
}

}  // namespace

CaPath path_from_key(const std::vector<X509Ptr>& certificates, EVP_PKEY* key, Time now) {
  X509* lowest = best_of(certificates, now, [key](const X509* candidate) {
    return X509_check_private_key(candidate, key) == 1;
  });
  ERR_clear_error();
  return lowest == nullptr ? CaPath() : climb(certificates, lowest, now);
}

CaPath path_from_lowest(const std::vector<X509Ptr>& certificates, Time now) {
  if (certificates.empty()) return {};
  const auto first = std::ranges::find_if(certificates, [&](const X509Ptr& one) {
    return std::ranges::none_of(
        certificates, [&](const X509Ptr& other) { return is_above(one.get(), other.get()); });
  });
  // Where they issued each other in a ring, none is the lowest, and any may be.
  X509* lowest = best_of(certificates, now, [&](const X509* candidate) {
    return first == certificates.end() || have_one_key(candidate, first->get());
  });
  ERR_clear_error();
  return climb(certificates, lowest, now);
}

Status check_path(const CaPath& path, Time now, const std::string& name) {
  std::size_t below = 0;  // self-issued ones do not count: RFC 5280, section 4.2.1.9
  for (std::size_t height = 0; height < path.size(); ++height) {
    X509* certificate = path[height].get();
    if (auto fine = check_one(certificate, below, now, name_of(certificate, height, name)); !fine)
      return fine;
    if (!is_its_own_issuer(certificate)) ++below;
  }
  ERR_clear_error();
  return {};
}

CaValidity validity_of(const CaPath& path) {
  const X509* anchor = path.back().get();
  CaValidity validity{certificate_not_before(anchor), certificate_not_after(anchor), {}};
  for (const X509Ptr& certificate : path) {
    validity.not_before = std::max(validity.not_before, certificate_not_before(certificate.get()));
    const Time end = certificate_not_after(certificate.get());
    if (end >= validity.not_after) continue;
    validity.not_after = end;
    validity.first_to_end = certificate_facts(certificate.get()).subject;
  }
  return validity;
}

Result<Bytes> common_extension(const CaPath& path, int nid) {
  std::optional<Bytes> common;
  for (const X509Ptr& certificate : path) {
    auto own = extension_of(certificate.get(), nid);
    if (!own) continue;
    if (common && *common != *own)
      return fail(Code::kUnsupported,
                  fmt::format("its certificates differ in {}", OBJ_nid2sn(nid)));
    common = std::move(own);
  }
  return common.value_or(Bytes());
}

}  // namespace mitm::tls
