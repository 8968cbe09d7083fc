#include "lib/tls/verified_chains.h"

#include <algorithm>

namespace mitm::tls {
namespace {

// Ids have a fixed size.
std::string key(const Bytes& chain, const std::string& name) { return chain + name; }

}  // namespace

std::optional<Time> VerifiedChains::find(const Bytes& chain, const std::string& name, Time now) {
  const auto until = until_.find(key(chain, name));
  if (!until || now >= *until || *until - now > kLifetime) return std::nullopt;
  return until;
}

Time VerifiedChains::insert(const Bytes& chain, const std::string& name, Time now, Time expires) {
  const Time until = std::min<Time>(expires, now + kLifetime);
  until_.insert(key(chain, name), until);
  return until;
}

}  // namespace mitm::tls
