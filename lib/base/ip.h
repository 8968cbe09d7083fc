#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace mitm {

/// The 4 or 16 octets of a numeric address; brackets around IPv6 and the zone ("%eth0") of a
/// link-local address are dropped. Nothing when `host` is not an address: others have no zone, and
/// IPv4 no brackets.
std::optional<Bytes> parse_ip(std::string_view host);

/// "192.0.2.1", "2001:db8::1"; empty when `octets` are not 4 or 16.
std::string format_ip(ByteView octets);

}  // namespace mitm
