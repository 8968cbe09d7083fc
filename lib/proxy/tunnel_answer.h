#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"

namespace mitm::proxy {

/// In which words a client asked for a tunnel.
enum class TunnelKind : std::uint8_t { kConnect, kSocks4, kSocks5 };

/// The server was reached: what follows is the tunnel's.
Bytes tunnel_made(TunnelKind kind);
/// It was not, and this says why as far as there are words for it. The end follows.
Bytes tunnel_refused(TunnelKind kind, const flow::FlowError& error);

}  // namespace mitm::proxy
