#include "lib/proxy/pin_memory.h"

#include <algorithm>

namespace mitm::proxy {
namespace {

constexpr unsigned kDoubtsEnough = 2;

// Neither addresses nor fingerprints have spaces.
std::string key(const TlsClient& client) {
  return client.address + ' ' + client.ja4 + ' ' + client.server +
         (client.can_be_passed ? "" : " impassable");
}

}  // namespace

void PinMemory::note(const TlsClient& client, Sign sign) {
  if (client.can_be_passed && lifetime_ <= Duration::zero()) return;
  Entry entry = entries_.find(key(client)).value_or(Entry{});
  entry.doubts += sign == Sign::kRefusal ? kDoubtsEnough : 1;
  const bool enough = entry.doubts >= kDoubtsEnough;
  bool is_new = enough && !entry.until;
  if (enough && client.can_be_passed) entry.until = clock_.now() + lifetime_;
  entries_.insert(key(client), entry);
  if (!is_new) return;
  if (client.can_be_passed) {
    list(all_, client);
  } else {
    is_new = list(impassable_, client);
  }
  if (is_new && announce_) announce_(client);
}

void PinMemory::trust(const TlsClient& client) {
  if (entries_.find(key(client))) entries_.insert(key(client), Entry{});
}

bool PinMemory::contains(const TlsClient& client) {
  const auto entry = entries_.find(key(client));
  if (!entry || !entry->until) return false;
  // A clock that was set back must not prolong it.
  const Duration left = *entry->until - clock_.now();
  if (left > Duration::zero() && left <= lifetime_) return true;
  entries_.insert(key(client), Entry{});
  return false;
}

/// Whether it is there only now.
bool PinMemory::list(std::vector<TlsClient>& clients, const TlsClient& client) {
  const std::lock_guard lock(mutex_);
  if (clients.size() >= kListed || std::ranges::find(clients, client) != clients.end())
    return false;
  clients.push_back(client);
  return true;
}

std::vector<TlsClient> PinMemory::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace mitm::proxy
