#pragma once

#include <memory>

#include "lib/net/original_destination.h"

namespace mitm::net {

/// Linux: nftables and iptables, REDIRECT (SO_ORIGINAL_DST, for IPv4 and IPv6) and TPROXY alike.
std::shared_ptr<const OriginalDestinations> make_netfilter_destinations();

}  // namespace mitm::net
