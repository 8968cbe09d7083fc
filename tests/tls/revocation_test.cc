#include "lib/tls/revocation.h"

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <optional>

#include "lib/base/c_ptr.h"
#include "tests/tls/support/certificates.h"

// Answers of a real responder, stapled by a real server, are tried end to end.

using namespace mitm;
using namespace mitm::test;

namespace {

using BasicPtr = CPtr<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using ResponsePtr = CPtr<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using TimePtr = CPtr<ASN1_TIME, ASN1_TIME_free>;

TimePtr days_from_now(int days) { return TimePtr(X509_time_adj_ex(nullptr, days, 0, nullptr)); }

struct Said {
  int status = V_OCSP_CERTSTATUS_GOOD;
  int made = 0;                    ///< days from now
  std::optional<int> expires = 7;  ///< days from now
};

/// What the shared CA says of a certificate.
Bytes answer_about(X509* certificate, const Said& said) {
  const auto* issuer = shared_ca().certificate();
  const BasicPtr basic(OCSP_BASICRESP_new());
  const CPtr<OCSP_CERTID, OCSP_CERTID_free> id(OCSP_cert_to_id(EVP_sha256(), certificate, issuer));
  const TimePtr made = days_from_now(said.made);
  const TimePtr expires = said.expires ? days_from_now(*said.expires) : nullptr;
  OCSP_basic_add1_status(basic.get(), id.get(), said.status, OCSP_REVOKED_STATUS_SUPERSEDED,
                         made.get(), made.get(), expires.get());
  REQUIRE(OCSP_basic_sign(basic.get(), const_cast<X509*>(issuer), shared_ca().key(), EVP_sha256(),
                          nullptr, OCSP_NOCERTS) == 1);
  const ResponsePtr response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response.get(), &der);
  Bytes answer(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return answer;
}

struct Presented {
  Identity identity = make_signed({.names = {"a.example"}}, shared_ca());
  CPtr<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }> chain{
      sk_X509_new_null()};
  tls::TrustStore trust = trust_only(shared_ca().certificate());

  Presented() { sk_X509_push(chain.get(), identity.certificate.get()); }
  tls::Staple examine(ByteView answer) {
    return tls::examine_staple(answer, identity.certificate.get(), chain.get(), trust.get());
  }
};

}  // namespace

TEST_CASE("an answer of the issuer counts while it is fresh") {
  Presented presented;
  X509* certificate = presented.identity.certificate.get();
  CHECK(presented.examine(answer_about(certificate, {})).says == "good");
  const auto revoked =
      presented.examine(answer_about(certificate, {.status = V_OCSP_CERTSTATUS_REVOKED}));
  CHECK(revoked.revoked);
  CHECK(revoked.says.starts_with("revoked on "));
  CHECK(revoked.says.ends_with(" (superseded)"));
  CHECK(presented.examine(answer_about(certificate, {.status = V_OCSP_CERTSTATUS_UNKNOWN})).says ==
        "unknown");
  for (const Said& said :
       {Said{.status = V_OCSP_CERTSTATUS_REVOKED, .made = -9, .expires = -2},
        Said{.status = V_OCSP_CERTSTATUS_REVOKED, .made = 2}, Said{.made = -8, .expires = {}}}) {
    const auto stale = presented.examine(answer_about(certificate, said));
    CHECK_FALSE(stale.revoked);
    CHECK(stale.says.starts_with("out of date: "));
  }
  CHECK(presented.examine(answer_about(certificate, {.made = -6, .expires = {}})).says == "good");
}

TEST_CASE("an answer about somebody else says nothing") {
  Presented presented;
  const auto other = make_signed({.names = {"a.example"}}, shared_ca());
  CHECK(presented.examine(answer_about(other.certificate.get(), {})).says ==
        "about another certificate");
}

TEST_CASE("an answer that was changed or cut is never good") {
  Presented presented;
  const Bytes answer = answer_about(presented.identity.certificate.get(), {});
  for (std::size_t octet = 0; octet < answer.size(); ++octet) {
    Bytes changed = answer;
    changed[octet] = static_cast<char>(changed[octet] ^ 1);
    const auto staple = presented.examine(changed);
    INFO("octet " << octet << ": " << staple.says);
    REQUIRE_FALSE(staple.says.empty());
    // What OpenSSL does not look at may change: the algorithm's parameters, and where nothing is.
    if (staple.says == "good") REQUIRE(octet < 60);
    REQUIRE_FALSE(staple.revoked);
    REQUIRE(presented.examine(answer.substr(0, octet)).says != "good");
  }
  CHECK(presented.examine("garbage").says == "malformed");
  CHECK(presented.examine(Bytes(100'000, '0')).answer.empty());
}
