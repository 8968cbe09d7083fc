#pragma once

#include "lib/net/loop.h"
#include "lib/net/own_sockets.h"
#include "lib/net/resolver.h"
#include "lib/proxy/journal.h"
#include "lib/proxy/pin_memory.h"
#include "lib/proxy/settings.h"
#include "lib/tls/leaf_cache.h"
#include "lib/tls/leg.h"

namespace mitm::proxy {

/// What sessions use, whichever worker they belong to; outlives them. Any thread.
struct Services {
  const Settings& settings;
  net::Resolver& resolver;
  tls::ServerLeg& server_leg;
  tls::ClientLeg& client_leg;
  tls::LeafCache& leaves;
  PinMemory& pins;
  net::OwnSockets& own_sockets;
  const Report& report;
};

/// What a worker lends to its sessions; outlives them. Loop thread only.
struct Environment : Services {
  net::Loop& loop;
  Journal& journal;
};

}  // namespace mitm::proxy
