#pragma once

#include <cstddef>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/tls/leaf.h"
#include "lib/tls/lru.h"
#include "lib/tls/minter.h"

namespace mitm::tls {

/// Leaves that were minted, by names, key type and the original's fingerprint. Shared by all
/// workers: any thread. `minter` and `clock` must outlive it.
class LeafCache {
 public:
  static constexpr std::size_t kDefaultBound = 1000;

  LeafCache(LeafMinter& minter, const Clock& clock, std::size_t bound = kDefaultBound)
      : minter_(minter), clock_(clock), leaves_(bound) {}

  /// A leaf that is valid for an hour at least (unless the CA is not), minted if need be.
  Result<std::shared_ptr<const Leaf>> get(const LeafRequest& request);
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }

 private:
  LeafMinter& minter_;
  const Clock& clock_;
  LruCache<std::shared_ptr<const Leaf>> leaves_;
};

}  // namespace mitm::tls
