#include "lib/net/addresses.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mitm::net {

void append_new(Addresses& addresses, const Addresses& more) {
  for (const SocketAddress& one : more) {
    if (std::ranges::find(addresses, one) == addresses.end()) addresses.push_back(one);
  }
}

void alternate_families(Addresses& addresses, std::size_t from) {
  if (addresses.size() <= from) return;
  const auto first = addresses.begin() + static_cast<std::ptrdiff_t>(from);
  const auto family = first->storage.ss_family;
  const auto is_first = [&](const SocketAddress& one) { return one.storage.ss_family == family; };
  const Addresses tail(std::make_move_iterator(first), std::make_move_iterator(addresses.end()));
  addresses.erase(first, addresses.end());
  auto same = tail.begin();
  auto other = tail.begin();
  while (same != tail.end() || other != tail.end()) {
    same = std::find_if(same, tail.end(), is_first);
    if (same != tail.end()) addresses.push_back(*same++);
    other = std::find_if_not(other, tail.end(), is_first);
    if (other != tail.end()) addresses.push_back(*other++);
  }
}

}  // namespace mitm::net
