#pragma once

#include <cstddef>
#include <vector>

#include "lib/net/address.h"

/// The addresses of a server, in the order in which they are to be tried.
namespace mitm::net {

using Addresses = std::vector<SocketAddress>;

/// Those of `more` that are not there yet, in their order.
void append_new(Addresses& addresses, const Addresses& more);

/// From that one on families take turns, beginning with the first one's (RFC 8305, section 4).
void alternate_families(Addresses& addresses, std::size_t from = 0);

}  // namespace mitm::net
