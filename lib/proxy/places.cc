#include "lib/proxy/places.h"

#include <algorithm>

namespace mitm::proxy {
namespace {

/// The client's socket, the server's, and one in passing: a lookup of a name, another attempt to
/// reach a server, a former server's socket.
constexpr std::size_t kPerConnection = 3;
constexpr std::size_t kPerBridge = 2;
/// What the recorder opens, and lookups whose connections are over already.
constexpr std::size_t kReserve = 72;

}  // namespace

std::size_t Places::count_for(const Descriptors& descriptors) {
  if (descriptors.limit <= descriptors.in_use) return 1;
  const std::size_t free = descriptors.limit - descriptors.in_use;
  // With few connections there are few lookups.
  const std::size_t reserve = std::min(kReserve, free / 3);
  const std::size_t each = kPerConnection + (descriptors.bridges ? kPerBridge : 0);
  // Each worker that accepts may do so once more before it learns that another took the last.
  const std::size_t overshoot = descriptors.workers - 1;
  const std::size_t places = (free - reserve) / each;
  return places > overshoot ? places - overshoot : 1;
}

}  // namespace mitm::proxy
