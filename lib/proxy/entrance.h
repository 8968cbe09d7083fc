#pragma once

#include <cstdint>
#include <optional>

#include "lib/flow/facts.h"

namespace mitm::proxy {

/// One listening address, and how traffic is taken there.
struct Entrance {
  flow::Mode mode = flow::Mode::kExplicit;
  flow::Endpoint listener;  ///< as bound
};

/// A connection as it was accepted.
struct Arrival {
  const Entrance& entrance;  ///< outlives the connection
  flow::Endpoint from;       ///< the client's
};

}  // namespace mitm::proxy
