#pragma once

#include "lib/base/error.h"

/// What TLS handshakes cost each end: one is ours, the other is OpenSSL as its manual has it.
namespace mitm::bench {

/// Seconds of processor time, means. Sockets are pairs in memory, but written to and read from.
struct HandshakeCost {
  double ours = 0;
  double openssl = 0;
};

struct Handshakes {
  HandshakeCost first;    ///< nothing is known about the other end
  HandshakeCost again;    ///< whole, but ours has verified the same certificate before
  HandshakeCost resumed;  ///< of the session before
};

/// We are the server, as towards clients; the other end verifies. There is no `again`.
Result<Handshakes> accept(int count);
/// We are the client, as towards servers.
Result<Handshakes> connect(int count);

}  // namespace mitm::bench
