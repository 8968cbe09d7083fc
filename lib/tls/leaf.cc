#include "lib/tls/leaf.h"

#include "lib/tls/x509_facts.h"

namespace mitm::tls {

Leaf::Leaf(X509Ptr certificate, PkeyPtr key)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      chain_(std::make_shared<const flow::CertificateChain>(chain_facts({certificate_.get()}))) {}

bool Leaf::is_valid_at(Time now) const {
  return now >= facts().not_before && now <= facts().not_after;
}

}  // namespace mitm::tls
