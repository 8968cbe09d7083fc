#include "lib/tls/chain_cache.h"

#include "lib/tls/x509_facts.h"

namespace mitm::tls {

std::shared_ptr<const flow::CertificateChain> ChainCache::get(
    const std::vector<const x509_st*>& certificates) {
  const Bytes id = chain_id(certificates);
  if (auto found = chains_.find(id)) return *std::move(found);
  auto chain = std::make_shared<const flow::CertificateChain>(chain_facts(certificates));
  chains_.insert(id, chain);
  return chain;
}

}  // namespace mitm::tls
