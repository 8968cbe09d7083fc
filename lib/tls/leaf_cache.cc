#include "lib/tls/leaf_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mitm::tls {
namespace {

constexpr auto kMargin = std::chrono::hours(1);

std::string cache_key(const LeafRequest& request) {
  const bool known = request.original && !request.original->certificates.empty();
  // Names have no spaces; those that have are none, and make no difference.
  return fmt::format("{}:{}:{} {}", static_cast<int>(request.key),
                     known ? request.original->certificates.front().sha256 : "", request.host,
                     fmt::join(request.besides, " "));
}

}  // namespace

Result<std::shared_ptr<const Leaf>> LeafCache::get(const LeafRequest& request) {
  const std::string key = cache_key(request);
  const Time now = clock_.now();
  if (auto found = leaves_.find(key);
      found && (*found)->is_valid_at(now) && (*found)->is_valid_at(now + kMargin)) {
    return *std::move(found);
  }
  // Two threads may mint the same leaf at once; both are good, and nobody waits for another's work.
  auto leaf = minter_.mint(request, now);
  if (leaf) leaves_.insert(key, *leaf);
  return leaf;
}

}  // namespace mitm::tls
