#include "lib/proxy/tls_policy.h"

#include <algorithm>
#include <utility>

namespace mitm::proxy {

void Identities::add(std::optional<HostPattern> hosts, std::shared_ptr<const tls::Leaf> identity) {
  entries_.push_back({std::move(hosts), std::move(identity)});
}

const Identities::Entry* Identities::entry(const Whereabouts& where) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return !entry.hosts || matches(*entry.hosts, where); });
  return found == entries_.end() ? nullptr : &*found;
}

std::shared_ptr<const tls::Leaf> Identities::find(const Whereabouts& where) const {
  const Entry* found = entry(where);
  return found == nullptr ? nullptr : found->identity;
}

bool TlsPolicy::passes(const Whereabouts& where) const {
  if (matches_any(pass, where)) return true;
  const std::string& name = where.sni.empty() ? where.host : where.sni;
  if (!signable.permit(name) && !towards_clients.find(where)) return true;
  return !only.empty() && !matches_any(only, where);
}

}  // namespace mitm::proxy
