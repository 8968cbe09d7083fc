#pragma once

#include "lib/base/error.h"
#include "lib/tls/key.h"

/// What certificates for clients cost.
namespace mitm::bench {

/// Seconds of processor time to make a leaf with a key of type `leaf`, signed by a CA with one of
/// type `ca`, for a server whose certificate has a handful of names. The mean of `count`.
Result<double> mint(tls::KeyType leaf, tls::KeyType ca, int count);

struct CacheCost {
  double hit = 0;         ///< seconds of processor time
  double full_mb = 0;     ///< resident memory once the cache is full
  double flooded_mb = 0;  ///< the same after all hosts were there
  double leaf_kb = 0;     ///< of each leaf that is kept
};
/// Of a cache as mitm-record has it, which sees `hosts` different ones.
Result<CacheCost> flood_cache(int hosts);

}  // namespace mitm::bench
