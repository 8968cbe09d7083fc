#include "lib/tls/revocation.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include "lib/tls/leg_state.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

using ResponsePtr = CPtr<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using BasicPtr = CPtr<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertIdPtr = CPtr<OCSP_CERTID, OCSP_CERTID_free>;
using StackPtr = CPtr<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;
using StoreContextPtr = CPtr<X509_STORE_CTX, X509_STORE_CTX_free>;

/// An answer that is to be stored, and not half of it.
constexpr std::size_t kMaxAnswer = 16 * 1024;
/// How far clocks may be apart, and how old an answer may be that does not say, in seconds.
constexpr long kSkew = 300;
constexpr long kMaxAge = 7 * 24 * 3600;

X509Ptr issuer_of(X509* certificate, STACK_OF(X509) * chain, X509_STORE* trust) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* candidate = sk_X509_value(chain, i);
    if (X509_check_issued(candidate, certificate) != X509_V_OK) continue;
    X509_up_ref(candidate);
    return X509Ptr(candidate);
  }
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509* found = nullptr;
  if (context && X509_STORE_CTX_init(context.get(), trust, certificate, nullptr) == 1)
    X509_STORE_CTX_get1_issuer(&found, context.get(), certificate);
  return X509Ptr(found);
}

/// The part that is about `certificate`; each names it by a digest of its own choice.
OCSP_SINGLERESP* single_about(OCSP_BASICRESP* basic, const X509* certificate, const X509* issuer) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    auto* named = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
    ASN1_OBJECT* digest = nullptr;
    if (OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, named) != 1) continue;
    const CertIdPtr wanted(OCSP_cert_to_id(EVP_get_digestbyobj(digest), certificate, issuer));
    if (wanted && OCSP_id_cmp(wanted.get(), named) == 0) return single;
  }
  return nullptr;
}

std::string day_of(const ASN1_GENERALIZEDTIME* time) {
  tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown day";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

Staple useless(std::string why) { return {.answer = {}, .says = std::move(why)}; }

Staple read_single(OCSP_SINGLERESP* single) {
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* made = nullptr;
  ASN1_GENERALIZEDTIME* expires = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked, &made, &expires);
  if (OCSP_check_validity(made, expires, kSkew, expires == nullptr ? kMaxAge : -1) != 1) {
    const std::string end = expires == nullptr ? "" : fmt::format(" to {}", day_of(expires));
    return useless(fmt::format("out of date: of {}{}", day_of(made), end));
  }
  switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
      return {.answer = {}, .says = "good"};
    case V_OCSP_CERTSTATUS_REVOKED: {
      std::string says = fmt::format("revoked on {}", day_of(revoked));
      if (reason >= 0) says += fmt::format(" ({})", OCSP_crl_reason_str(reason));
      return {.answer = {}, .says = std::move(says), .revoked = true};
    }
    default:
      return useless("unknown");
  }
}

Staple read_answer(ByteView answer, X509* certificate, STACK_OF(X509) * chain, X509_STORE* trust) {
  const unsigned char* position = octets(answer);
  const ResponsePtr response(
      d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(answer.size())));
  if (!response) return useless("malformed");
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return useless(fmt::format("no answer: {}", OCSP_response_status_str(status)));
  const BasicPtr basic(OCSP_response_get1_basic(response.get()));
  const X509Ptr issuer = basic ? issuer_of(certificate, chain, trust) : nullptr;
  if (!issuer) return useless(basic ? "issuer not known" : "malformed");
  OCSP_SINGLERESP* single = single_about(basic.get(), certificate, issuer.get());
  if (single == nullptr) return useless("about another certificate");
  // Of its signer an answer may say no more than the name.
  const StackPtr known(sk_X509_dup(chain));
  if (!known || sk_X509_push(known.get(), issuer.get()) == 0) return useless("memory is short");
  if (OCSP_basic_verify(basic.get(), known.get(), trust, 0) != 1)
    return useless("not signed by anybody who is trusted for it");
  return read_single(single);
}

/// Called when the server's first flight is over, with an answer or without.
int on_staple(SSL* ssl, void*) {
  note_staple(ssl);
  return 1;
}

}  // namespace

Staple examine_staple(ByteView answer, X509* certificate, STACK_OF(X509) * chain,
                      X509_STORE* trust) {
  if (answer.size() > kMaxAnswer) return useless("too large");
  Staple staple = read_answer(answer, certificate, chain, trust);
  staple.answer = answer;
  ERR_clear_error();
  return staple;
}

void ask_for_staples(SSL_CTX* context) {
  SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
  SSL_CTX_set_tlsext_status_cb(context, on_staple);
}

void note_staple(SSL* ssl) {
  LegState& state = *leg_state(ssl);
  const unsigned char* answer = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &answer);
  if (size <= 0 || !state.examined || !state.examined->staple.says.empty()) return;
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return;
  Examination& examined = *state.examined;
  examined.staple = examine_staple(
      {reinterpret_cast<const char*>(answer), static_cast<std::size_t>(size)}, certificate,
      SSL_get_peer_cert_chain(ssl), SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
  if (!examined.staple.revoked) return;
  examined.findings.insert(
      examined.findings.begin(),
      {VerifyKind::kRevoked, fmt::format("certificate was {}", examined.staple.says)});
}

}  // namespace mitm::tls
