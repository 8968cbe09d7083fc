#include "lib/tls/leaf.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/error.h"
#include "lib/tls/x509_facts.h"

namespace mitm::tls {
namespace {

std::shared_ptr<const flow::CertificateChain> facts_of(const X509* certificate,
                                                       const std::vector<X509Ptr>& issuers) {
  std::vector<const X509*> chain{certificate};
  for (const X509Ptr& issuer : issuers) chain.push_back(issuer.get());
  return std::make_shared<const flow::CertificateChain>(chain_facts(chain));
}

}  // namespace

void Leaf::FreeStack::operator()(stack_st_X509* stack) const { sk_X509_pop_free(stack, X509_free); }

Leaf::Leaf(X509Ptr certificate, PkeyPtr key, std::vector<X509Ptr> issuers)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      chain_(facts_of(certificate_.get(), issuers)) {
  if (issuers.empty()) return;
  issuers_.reset(sk_X509_new_null());
  for (X509Ptr& issuer : issuers) {
    if (!issuers_ || sk_X509_push(issuers_.get(), issuer.get()) == 0) throw std::bad_alloc();
    [[maybe_unused]] X509* const taken = issuer.release();
  }
}

bool Leaf::is_valid_at(Time now) const {
  return now >= facts().not_before && now <= facts().not_after;
}

Status Leaf::present(SSL* ssl) const {
  ERR_clear_error();
  if (SSL_use_cert_and_key(ssl, certificate_.get(), key_.get(), issuers_.get(), 1) == 1) return {};
  return fail_tls("use certificate");
}

}  // namespace mitm::tls
