#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/net/original_destination.h"

namespace mitm::proxy {

/// The server that a reverse entrance stands in front of, and how it is spoken to.
struct ReverseRoute {
  enum class Scheme : std::uint8_t {
    kHttp,   ///< requests; clients may use TLS
    kHttps,  ///< requests over TLS; clients may do without
    kTls,    ///< anything over TLS; clients may do without
    kTcp,    ///< bytes
  };
  Scheme scheme = Scheme::kTcp;
  flow::Target target;

  [[nodiscard]] bool uses_tls() const { return scheme == Scheme::kHttps || scheme == Scheme::kTls; }
};

/// One listening address, and how traffic is taken there.
struct Entrance {
  flow::Mode mode = flow::Mode::kExplicit;
  std::optional<ReverseRoute> route = {};  ///< of kReverse
  /// What rules of the system may have changed; null where none lead to an entrance like this.
  std::shared_ptr<const net::OriginalDestinations> destinations = {};
  bool guarded = false;          ///< only for whom Settings::allowed names
  flow::Endpoint listener = {};  ///< as bound
};

/// A connection as it was accepted.
struct Arrival {
  const Entrance& entrance;  ///< outlives the connection
  flow::Endpoint from;       ///< the client's
  flow::Endpoint at = {};    ///< ours, as the client reached it
  /// Where it was going before such rules led it here, which a transparent entrance needs to know.
  std::optional<Result<flow::Endpoint>> destination = {};
};

}  // namespace mitm::proxy
