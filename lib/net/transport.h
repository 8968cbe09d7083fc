#pragma once

#include <event2/buffer.h>

#include <memory>
#include <optional>
#include <span>

#include "lib/net/stream.h"
#include "lib/tls/close_notify.h"

namespace mitm::net {

/// How one attempt to shake hands or to move octets went.
struct Attempt {
  enum class Then : std::uint8_t {
    kGoOn,        ///< nothing to wait for
    kWantsRead,   ///< go on when the socket is readable
    kWantsWrite,  ///< go on when it is writable
    kEnd,         ///< the peer sends no more, and said so
    kCut,         ///< it sends no more, and TLS would have said so
    kFailed,
  };
  Then then = Then::kGoOn;
  std::size_t octets = 0;            ///< moved before that
  std::optional<StreamError> error;  ///< of kFailed
  bool socket_failed = false;  ///< kFailed by the system, and not by what the peer said in TLS
};

/// What is between a stream's buffers and its socket. Never waits; knows nothing of events.
class Transport {
 public:
  virtual ~Transport() = default;
  /// kGoOn when octets can be attempt.
  virtual Attempt shake_hands() = 0;
  /// kGoOn with fewer octets than `into` holds: no more for now.
  virtual Attempt read(std::span<char> into) = 0;
  /// Takes what it writes out of `from`, which is not empty. kGoOn: all of it.
  virtual Attempt write(evbuffer* from) = 0;
  /// There is something to read that the socket does not announce.
  [[nodiscard]] virtual bool holds_octets() const = 0;
  /// Says that we send no more, where there are words for that.
  virtual tls::CloseNotify end() = 0;
  [[nodiscard]] virtual ssl_st* ssl() const = 0;
  /// Gives the TLS connection away, if there is one; nothing else may be called any more.
  virtual tls::SslPtr release() = 0;
};

/// `fd` stays the caller's and must outlive the transport.
std::unique_ptr<Transport> make_tcp_transport(int fd);
/// `ssl` has its BIOs on a socket.
std::unique_ptr<Transport> make_tls_transport(tls::SslPtr ssl, TlsRole role);

}  // namespace mitm::net
