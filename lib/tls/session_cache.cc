#include "lib/tls/session_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mitm::tls {
namespace {

bool is_usable(const ServerSession& session, Time now) {
  // A clock that was put back must not make it longer.
  return now < session.until && session.until - now <= SessionCache::kLifetime &&
         SSL_SESSION_is_resumable(session.session.get()) == 1;
}

}  // namespace

SessionCache::Shared SessionCache::take(const std::string& key, Time now) {
  if (is_futile(key, now)) return nullptr;
  Entries gone;
  const std::lock_guard lock(mutex_);
  for (auto of_key = keys_.find(key); of_key != keys_.end(); of_key = keys_.find(key)) {
    const auto latest = of_key->second.back();
    Shared session = latest->session;
    const bool usable = is_usable(*session, now);
    if (usable && !session->once) {
      entries_.splice(entries_.begin(), entries_, latest);
    } else {
      remove(latest, gone);
    }
    if (usable) return session;
  }
  return nullptr;
}

void SessionCache::keep(const std::string& key, Shared session, Time now) {
  if (is_futile(key, now)) return;
  Entries gone;
  const std::lock_guard lock(mutex_);
  if (!session->once) remove_all(key, gone);
  entries_.push_front({key, std::move(session)});
  auto& of_key = keys_[key];
  of_key.push_back(entries_.begin());
  if (of_key.size() > kBoundOfKey) remove(of_key.front(), gone);
  while (entries_.size() > bound_ ||
         (!entries_.empty() && !is_usable(*entries_.back().session, now))) {
    remove(std::prev(entries_.end()), gone);
  }
}

void SessionCache::forget(const std::string& key) {
  Entries gone;
  const std::lock_guard lock(mutex_);
  remove_all(key, gone);
}

void SessionCache::note_answer(const std::string& key, bool resumed, Time now) {
  const auto before = refusals_.find(key);
  // Two threads may count one refusal for both; what matters is whether there is an end to them.
  if (!resumed) {
    refusals_.insert(key, {before ? before->in_a_row + 1 : 1, now});
  } else if (before && before->in_a_row > 0) {
    refusals_.insert(key, {});
  }
}

bool SessionCache::is_futile(const std::string& key, Time now) {
  const auto refusals = refusals_.find(key);
  if (!refusals || refusals->in_a_row < kPatience) return false;
  if (refusals->last <= now && now - refusals->last < kLifetime) return true;
  refusals_.insert(key, {});
  return false;
}

std::size_t SessionCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void SessionCache::remove(Entries::iterator entry, Entries& gone) {
  const auto of_key = keys_.find(entry->key);
  std::erase(of_key->second, entry);
  if (of_key->second.empty()) keys_.erase(of_key);
  gone.splice(gone.begin(), entries_, entry);
}

void SessionCache::remove_all(const std::string& key, Entries& gone) {
  const auto of_key = keys_.find(key);
  if (of_key == keys_.end()) return;
  for (const auto entry : of_key->second) gone.splice(gone.begin(), entries_, entry);
  keys_.erase(of_key);
}

}  // namespace mitm::tls
