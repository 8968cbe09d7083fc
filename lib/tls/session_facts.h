#pragma once

#include "lib/flow/facts.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

/// What a finished handshake agreed on. `side` says who is at the other end: kServer for an SSL of
/// a ServerLeg, kClient for one of a ClientLeg, whose `chain` is the leaf that belongs to it even
/// if resumption made presenting it unnecessary. Of a server that resumed, `verify` and `chain` are
/// those of the session's first handshake; of a client, its certificate without its issuers.
/// `handshake` is left to the caller, who has a
/// clock.
flow::TlsFacts session_facts(const ssl_st* ssl, flow::Side side);

}  // namespace mitm::tls
