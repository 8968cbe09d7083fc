#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/error.h"

namespace mitm::bench {

/// How requests get to the origin.
enum class Way : std::uint8_t {
  kDirect,    ///< whoever is at `address` is taken for the origin
  kConnect,   ///< an explicit proxy is at `address`; a CONNECT opens each connection
  kAbsolute,  ///< the same for plain http: absolute URLs
};

/// What the command line asked for.
struct Plan {
  std::string address;  ///< HOST:PORT, numeric: what is connected to
  std::string target;   ///< HOST:PORT of the origin; the same as `address` with Way::kDirect
  Way way = Way::kDirect;
  bool tls = false;
  std::string path = "/";    ///< "{n}" in it counts requests
  std::uint64_t upload = 0;  ///< octets of a request's body; 0: GET
  bool fresh = false;        ///< a connection for each request
  unsigned connections = 1;  ///< side by side
  std::uint64_t requests = UINT64_MAX;
  std::chrono::duration<double> seconds{1e9};
  double rate = 0;  ///< requests per second of all connections together; 0: as many as go
  /// Connections that are opened, used once and then held until standard input ends.
  std::optional<unsigned> idle;
};

/// Fails with kUsage.
Result<Plan> parse_plan(int argc, char** argv);

}  // namespace mitm::bench
