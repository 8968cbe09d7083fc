#include "lib/proxy/places.h"

#include <algorithm>

namespace mitm::proxy {
namespace {

/// The sockets of the client and of the server.
constexpr std::size_t kSockets = 2;
/// For what the recorder opens.
constexpr std::size_t kFiles = 8;

}  // namespace

Places::Room Places::room_for(const Descriptors& descriptors) {
  constexpr std::size_t each = kSockets + kPassing;
  if (descriptors.limit <= descriptors.in_use) return {.descriptors = each, .each = each};
  const std::size_t free = descriptors.limit - descriptors.in_use;
  // With few connections there are few lookups. Each worker that accepts may do so once more before
  // it learns that another took the last place.
  const std::size_t kept =
      std::min(kFiles + descriptors.lookups, free / 3) + (descriptors.workers - 1) * each;
  return {.descriptors = std::max(each, free > kept ? free - kept : 0), .each = each};
}

}  // namespace mitm::proxy
