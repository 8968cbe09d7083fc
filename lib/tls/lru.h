#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace mitm::tls {

/// At most `bound` values by key; the one not used for longest goes first. Any thread.
template <class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t bound) : bound_(bound) {}

  /// A copy of the value, which then counts as just used.
  std::optional<Value> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }

  /// Stores or replaces.
  void insert(const std::string& key, Value value) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
      found->second->second = std::move(value);
      entries_.splice(entries_.begin(), entries_, found->second);
      return;
    }
    entries_.emplace_front(key, std::move(value));
    index_.emplace(key, entries_.begin());
    if (entries_.size() <= bound_) return;
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;

  const std::size_t bound_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, typename Entries::iterator> index_;
};

}  // namespace mitm::tls
