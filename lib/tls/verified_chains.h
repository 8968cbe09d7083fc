#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/tls/lru.h"

namespace mitm::tls {

/// Chains that were found good for a name lately, because checking signatures is a tenth of what a
/// new connection costs. Of one trust store. Any thread.
class VerifiedChains {
 public:
  static constexpr std::size_t kBound = 4096;
  /// What leaves a system's store while we run is trusted for so long.
  static constexpr auto kLifetime = std::chrono::minutes(10);

  /// `chain` is the chain_id() of what a server presented.
  /// Until when it need not be checked again; nothing: it must be now.
  [[nodiscard]] std::optional<Time> find(const Bytes& chain, const std::string& name, Time now);
  /// `expires`: when the first certificate of the way to the trusted one does. Returns until when
  /// it need not be checked again.
  Time insert(const Bytes& chain, const std::string& name, Time now, Time expires);

 private:
  LruCache<Time> until_{kBound};
};

}  // namespace mitm::tls
