#pragma once

#include "lib/base/error.h"
#include "lib/tls/handles.h"

/// TLS within TLS, as through a proxy that is reached over TLS itself: the records of one
/// connection are the octets of another, and only the lowest has a socket.
namespace mitm::tls {

/// Gives `ssl` for its BIOs the connection `below`, past its handshake, which it then owns.
Status put_over(ssl_st* ssl, SslPtr below);

/// What `ssl` was put over; nullptr for one on a socket.
ssl_st* layer_below(const ssl_st* ssl);

}  // namespace mitm::tls
