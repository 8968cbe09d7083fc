#pragma once

#include <string>

#include "lib/tls/handles.h"

/// Resuming sessions with servers. Kept are only those of servers whose certificate was found good,
/// so no connection is accepted for less than it would be without. Tickets that come with a resumed
/// session are as old as the certificate's examination, not as the tickets.
namespace mitm::tls {

struct ServerHandshake;

/// What two connections must have in common for one to resume the other's session. Trust, versions
/// and key log are the leg's.
std::string session_key(const ServerHandshake& handshake);

/// From now on sessions of `context`'s connections, all of a ServerLeg, are kept.
void keep_sessions(ssl_ctx_st* context);

/// Has `ssl` ask its server to resume a session, if there is one. Requires: its LegState says where
/// sessions are kept.
void offer_session(ssl_st* ssl);

/// To be called before an SSL of a leg is freed: OpenSSL takes the end of a connection without
/// close_notify for a reason to drop its session, which was so in TLS 1.0 only (RFC 5246, section
/// 7.2.1). A session with which a handshake failed is forgotten, should it be the reason; a server
/// that goes on declining sessions is not offered any for a while.
void settle_session(ssl_st* ssl);

}  // namespace mitm::tls
