#pragma once

#include <memory>

#include "lib/flow/facts.h"
#include "lib/net/resolver.h"
#include "lib/proxy/detours.h"
#include "lib/proxy/upstreams.h"

namespace mitm::proxy {

/// The way to one server.
struct Route {
  flow::Target server;  ///< who is reached in the end; mostly the one that was asked for
  std::shared_ptr<const Upstream> upstream = {};  ///< null: directly
  net::Addresses known = {};                      ///< of hop(); empty: the resolver knows
  Purpose purpose = Purpose::kTunnel;             ///< what the upstream proxy is asked for

  /// Who is connected to.
  [[nodiscard]] const flow::Target& hop() const { return upstream ? upstream->address : server; }
};

/// How servers are reached. Never changes once the workers run.
struct Routes {
  Upstreams upstreams;
  Detours detours;

  [[nodiscard]] Route find(const flow::Target& target, Purpose purpose) const;
  /// The upstream proxy that takes plain requests for `target` as they are; null: none. One for
  /// HTTP would go to the server that the request names, so that another server needs a tunnel.
  [[nodiscard]] std::shared_ptr<const Upstream> requests_proxy(const flow::Target& target) const;
};

}  // namespace mitm::proxy
