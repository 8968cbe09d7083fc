#include "lib/proxy/pin_memory.h"

#include <algorithm>

namespace mitm::proxy {
namespace {

constexpr unsigned kDoubtsEnough = 2;

// Neither addresses nor fingerprints have spaces.
std::string key(const TlsClient& client) {
  return client.address + ' ' + client.ja4 + ' ' + client.server;
}

}  // namespace

void PinMemory::note(const TlsClient& client, Sign sign) {
  if (lifetime_ <= Duration::zero()) return;
  Entry entry = entries_.find(key(client)).value_or(Entry{});
  entry.doubts += sign == Sign::kRefusal ? kDoubtsEnough : 1;
  const bool is_new = entry.doubts >= kDoubtsEnough && !entry.until;
  if (entry.doubts >= kDoubtsEnough) entry.until = clock_.now() + lifetime_;
  entries_.insert(key(client), entry);
  if (!is_new) return;
  list(client);
  if (announce_) announce_(client);
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

void PinMemory::list(const TlsClient& client) {
  const std::lock_guard lock(mutex_);
  if (all_.size() < kListed && std::ranges::find(all_, client) == all_.end())
    all_.push_back(client);
}

std::vector<TlsClient> PinMemory::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace mitm::proxy
