#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "tests/bench/load/plan.h"

namespace mitm::bench {

/// What became of a plan.
struct Outcome {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  ///< of bodies, both directions
  double seconds = 0;
  /// Of a request, in µs, sorted. With a rate they count from when the request was due, so that one
  /// that had to wait for the answer before it is not flattered.
  std::vector<double> latencies;
};

struct TlsFree {
  void operator()(SSL_CTX* tls) const { SSL_CTX_free(tls); }
};
using Tls = std::unique_ptr<SSL_CTX, TlsFree>;

/// As a client that remembers no sessions.
Tls make_tls();

/// Carries the plan out, one thread for each connection. The first failure ends it.
Result<Outcome> run(const Plan& plan);

/// Opens the plan's idle connections, says "ready" on standard output and holds them until standard
/// input ends.
Status hold(const Plan& plan);

/// One line of JSON.
std::string to_json(const Outcome& outcome);

}  // namespace mitm::bench
