#pragma once

#include <cstdint>

#include "lib/tls/handles.h"

/// The end of one direction of a TLS connection (RFC 8446, section 6.1).
namespace mitm::tls {

enum class CloseNotify : std::uint8_t {
  kSent,
  kWantsWrite,  ///< the socket took no more; call again when it is writable
  kFailed,      ///< the connection is broken, or its handshake was not done
};

/// Says that we send no more. Requires: all output was written. Never reads; may be called again
/// after kSent without effect.
CloseNotify send_close_notify(ssl_st* ssl);

}  // namespace mitm::tls
