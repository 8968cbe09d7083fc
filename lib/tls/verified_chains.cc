#include "lib/tls/verified_chains.h"

#include <algorithm>

namespace mitm::tls {
namespace {

// Ids have a fixed size.
std::string key(const Bytes& chain, const std::string& name) { return chain + name; }

}  // namespace

bool VerifiedChains::contains(const Bytes& chain, const std::string& name, Time now) {
  const auto until = until_.find(key(chain, name));
  return until && now < *until && *until - now <= kLifetime;
}

void VerifiedChains::insert(const Bytes& chain, const std::string& name, Time now, Time expires) {
  until_.insert(key(chain, name), std::min(expires, now + kLifetime));
}

}  // namespace mitm::tls
