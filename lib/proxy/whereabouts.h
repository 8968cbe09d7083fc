#pragma once

#include <cstdint>
#include <string>

#include "lib/base/host_pattern.h"

namespace mitm::proxy {

/// What is known of where a connection goes.
struct Whereabouts {
  std::string sni;      ///< what the client asked for in its ClientHello; empty: nothing
  std::string host;     ///< what it asked the proxy for: a name or a numeric address
  std::string address;  ///< numeric, of the server that we are connected to; empty: none yet
  std::uint16_t port = 0;
  std::string ask = {};  ///< the name that its server is asked for; empty: `sni`
  bool secured = false;  ///< TLS with the server is there, whatever the client does

  /// The server as the client knows it: a name or address, with a port that is not 443.
  [[nodiscard]] std::string known_as() const;
  /// With the name that the server is asked for in place of the client's.
  [[nodiscard]] Whereabouts towards_server() const;
  /// Without a name that only the client's ClientHello claims, while it asked the proxy for another
  /// one: for what must not be had by claiming.
  [[nodiscard]] Whereabouts as_connected() const;
  /// The client asked the proxy for one name and the server for another.
  [[nodiscard]] bool is_contradictory() const;
};

/// Whether any name or address of `where` is meant, and its port.
bool matches(const HostPattern& pattern, const Whereabouts& where);
bool matches_any(const HostPatterns& patterns, const Whereabouts& where);

}  // namespace mitm::proxy
