#include "lib/tls/verify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "lib/base/time.h"
#include "lib/tls/leg_state.h"
#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/verify_callback.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

std::string name_text(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) <= 0) return "(no name)";
  return printable(content(out.get()));
}

std::string date(Time time) { return format_rfc3339(time).substr(0, 10); }

std::string certificate_text_at(const X509* certificate, int depth) {
  if (depth == 0) return "certificate";
  return fmt::format("issuer certificate {}", name_text(X509_get_subject_name(certificate)));
}

std::string names_text(const X509* certificate) {
  constexpr std::size_t kShown = 5;
  const flow::Certificate facts = certificate_facts(certificate);
  std::vector<std::string> names = facts.dns_names;
  names.insert(names.end(), facts.ip_names.begin(), facts.ip_names.end());
  if (names.empty()) names.push_back(subject_entry(certificate, NID_commonName));
  const std::size_t hidden = names.size() > kShown ? names.size() - kShown : 0;
  names.resize(names.size() - hidden);
  std::ranges::transform(names, names.begin(),
                         [](const std::string& name) { return printable(name); });
  return fmt::format("{}{}", fmt::join(names, ", "),
                     hidden > 0 ? fmt::format(" and {} more", hidden) : "");
}

VerifyKind kind_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return VerifyKind::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return VerifyKind::kNotYetValid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return VerifyKind::kSelfSigned;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return VerifyKind::kUntrusted;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return VerifyKind::kWrongName;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return VerifyKind::kWeak;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return VerifyKind::kInvalid;
    default:
      return VerifyKind::kOther;
  }
}

std::string untrusted_sentence(const X509* certificate, int error) {
  const X509_NAME* issuer = error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
                                ? X509_get_subject_name(certificate)
                                : X509_get_issuer_name(certificate);
  return fmt::format("issuer {} is not trusted", name_text(issuer));
}

/// `certificate` is null where an error is about none in particular.
std::string sentence_of(const X509* certificate, int error, int depth, const std::string& wanted) {
  if (certificate == nullptr) return X509_verify_cert_error_string(error);
  switch (kind_of(error)) {
    case VerifyKind::kExpired:
      return fmt::format("{} expired on {}", certificate_text_at(certificate, depth),
                         date(certificate_not_after(certificate)));
    case VerifyKind::kNotYetValid:
      return fmt::format("{} is not valid before {}", certificate_text_at(certificate, depth),
                         date(certificate_not_before(certificate)));
    case VerifyKind::kSelfSigned:
      return "certificate is self-signed";
    case VerifyKind::kUntrusted:
      return untrusted_sentence(certificate, error);
    case VerifyKind::kWrongName:
      return fmt::format("certificate is for {}, not for {}", names_text(certificate),
                         printable(wanted));
    default:
      return fmt::format("{}: {}", certificate_text_at(certificate, depth),
                         X509_verify_cert_error_string(error));
  }
}

/// One missing link makes OpenSSL complain several times.
bool is_about_trust(VerifyKind kind) {
  return kind == VerifyKind::kSelfSigned || kind == VerifyKind::kUntrusted;
}

LegState& state_of(X509_STORE_CTX* context) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return *leg_state(ssl);
}

int note(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  LegState& state = state_of(context);
  const int error = X509_STORE_CTX_get_error(context);
  VerifyFinding finding{
      kind_of(error),
      sentence_of(certificate, error, X509_STORE_CTX_get_error_depth(context), state.verify_name)};
  std::vector<VerifyFinding>& findings = state.examined->findings;
  const bool repeated = std::ranges::any_of(findings, [&](const VerifyFinding& other) {
    return other.sentence == finding.sentence ||
           (is_about_trust(other.kind) && is_about_trust(finding.kind));
  });
  if (!repeated) findings.push_back(std::move(finding));
  return 1;
}

/// All that the server presented.
std::vector<const X509*> presented(X509_STORE_CTX* context) {
  std::vector<const X509*> certificates;
  const STACK_OF(X509)* stack = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(stack); ++i) certificates.push_back(sk_X509_value(stack, i));
  return certificates;
}

/// When the first certificate between the server's and the trusted one expires.
Time first_expiry(X509_STORE_CTX* context) {
  Time first = Time::max();
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    first = std::min(first, certificate_not_after(sk_X509_value(chain, i)));
  }
  return first;
}

/// Notes every reason against the certificate.
void verify(X509_STORE_CTX* context, std::vector<VerifyFinding>& findings) {
  X509_STORE_CTX_set_verify_cb(context, note);
  const int result = X509_verify_cert(context);
  if (result <= 0 && findings.empty()) {
    findings.push_back(
        {VerifyKind::kOther, X509_verify_cert_error_string(X509_STORE_CTX_get_error(context))});
  }
  ERR_clear_error();
}

}  // namespace

int verify_and_note(X509_STORE_CTX* context, void*) {
  LegState& state = state_of(context);
  state.examined = std::make_shared<Examination>();
  Examination& examined = *state.examined;
  examined.chain = state.chains->get(presented(context));
  const Bytes& chain = examined.chain->id;
  const Time now = SystemClock().now();
  if (const auto until = state.verified_chains->find(chain, state.verify_name, now)) {
    examined.good_until = *until;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  verify(context, examined.findings);
  if (examined.findings.empty()) {
    examined.good_until =
        state.verified_chains->insert(chain, state.verify_name, now, first_expiry(context));
  }
  return 1;
}

std::string_view to_string(VerifyKind kind) {
  switch (kind) {
    case VerifyKind::kOk:
      return "ok";
    case VerifyKind::kExpired:
      return "expired";
    case VerifyKind::kNotYetValid:
      return "not-yet-valid";
    case VerifyKind::kSelfSigned:
      return "self-signed";
    case VerifyKind::kUntrusted:
      return "untrusted";
    case VerifyKind::kWrongName:
      return "wrong-name";
    case VerifyKind::kWeak:
      return "weak";
    case VerifyKind::kRevoked:
      return "revoked";
    case VerifyKind::kInvalid:
      return "invalid";
    case VerifyKind::kNoCertificate:
      return "no-certificate";
    case VerifyKind::kOther:
      break;
  }
  return "other";
}

VerifyOutcome verify_outcome(const SSL* ssl) {
  const LegState* state = leg_state(ssl);
  const auto examination = examination_of(ssl);
  VerifyOutcome outcome;
  if (!examination) {
    outcome = {VerifyKind::kNoCertificate, "the server presented no certificate", false};
  } else if (const auto& findings = examination->findings; !findings.empty()) {
    std::vector<std::string> sentences;
    for (const VerifyFinding& finding : findings) sentences.push_back(finding.sentence);
    outcome = {findings.front().kind, fmt::format("{}", fmt::join(sentences, "; ")), false};
  }
  if (state != nullptr && state->insecure) outcome.accepted = true;
  return outcome;
}

}  // namespace mitm::tls
