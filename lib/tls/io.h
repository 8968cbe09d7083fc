#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"

/// Octets through a TLS connection on a socket that does not block. Nothing is left in OpenSSL's
/// error queue. One thread at a time for each connection.
namespace mitm::tls {

enum class IoState : std::uint8_t {
  kGoOn,        ///< nothing to wait for
  kWantsRead,   ///< try again when the socket is readable
  kWantsWrite,  ///< try again when it is writable
  kEnded,       ///< the peer said close_notify (RFC 8446, section 6.1)
  kCut,         ///< the peer's socket ended without; writing goes on
  kFailed,
};

struct IoResult {
  IoState state = IoState::kGoOn;  ///< after `octets`
  std::size_t octets = 0;
  int system_error = 0;               ///< when the socket failed, not TLS; an errno
  std::vector<unsigned long> errors;  ///< OpenSSL's, oldest first; for explain_failure()
};

/// Before the handshake: `peer` is who is at the other end. One system call will read more than a
/// record's header; what has been read ahead is announced by no event of the socket, so ask
/// holds_octets().
void prepare(ssl_st* ssl, flow::Side peer);
[[nodiscard]] bool holds_octets(const ssl_st* ssl);

/// kGoOn when the handshake is done.
IoResult shake_hands(ssl_st* ssl);
/// Fills `buffer` as far as that takes no more waiting.
IoResult read(ssl_st* ssl, std::span<char> buffer);
/// Writes `bytes`, not empty, or some of them; never ends. After kWantsRead and kWantsWrite the
/// next call must begin with the same octets and have no fewer.
IoResult write(ssl_st* ssl, ByteView bytes);

}  // namespace mitm::tls
