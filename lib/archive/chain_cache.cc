#include "lib/archive/chain_cache.h"

#include <string>
#include <utility>
#include <vector>

#include "lib/archive/format.h"

namespace mitm::archive {
namespace {

std::size_t size_of(const std::vector<std::string>& names) {
  std::size_t size = 0;
  for (const std::string& name : names) size += sizeof(std::string) + name.size();
  return size;
}

std::size_t size_of(const flow::CertificateChain& chain) {
  std::size_t size = 0;
  for (const flow::Certificate& certificate : chain.certificates) {
    size += sizeof certificate + certificate.der.size() + certificate.subject.size() +
            certificate.issuer.size() + size_of(certificate.dns_names) +
            size_of(certificate.ip_names);
  }
  return size;
}

}  // namespace

ChainCache::Chain ChainCache::use(ByteView id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return by_use_.front();
}

void ChainCache::add(Chain chain) {
  if (const auto found = by_id_.find(chain->id); found != by_id_.end()) {
    bytes_ -= size_of(**found->second);
    const auto entry = found->second;
    by_id_.erase(found);
    by_use_.erase(entry);
  }
  bytes_ += size_of(*chain);
  by_use_.push_front(std::move(chain));
  by_id_.emplace(by_use_.front()->id, by_use_.begin());
  while (by_use_.size() > kRememberedChains ||
         (bytes_ > kRememberedChainBytes && by_use_.size() > 1)) {
    forget_oldest();
  }
}

void ChainCache::clear() {
  by_id_.clear();
  by_use_.clear();
  bytes_ = 0;
}

void ChainCache::forget_oldest() {
  bytes_ -= size_of(*by_use_.back());
  by_id_.erase(by_use_.back()->id);
  by_use_.pop_back();
}

}  // namespace mitm::archive
