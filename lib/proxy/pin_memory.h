#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/tls/lru.h"

namespace mitm::proxy {

/// The anomaly of a flow that was passed through because of what its client did before.
inline constexpr std::string_view kPinnedClient = "client-pinned";

/// A program that wants to speak TLS with a server, as far as it can be told from others.
struct TlsClient {
  std::string address;
  std::string ja4;     ///< as lasting_ja4() makes it
  std::string server;  ///< the name that it asked for, with a port that is not 443
  /// False where we stand in for the server: there is nothing that it could be passed through to.
  bool can_be_passed = true;

  bool operator==(const TlsClient&) const = default;
};

/// Clients that did not accept our certificate for a server, because they expect a certain one
/// (pinning): they are passed through unopened for a while, so that they keep working. Those that
/// cannot be are only announced, once each. Any thread.
class PinMemory {
 public:
  static constexpr std::size_t kBound = 4096;
  /// How a client showed it.
  enum class Sign : std::uint8_t {
    kRefusal,  ///< it said so with an alert
    kDoubt,    ///< it only went away: the second time in a row counts
  };
  /// Called when a client is to be passed through that was not, and for the first kListed that
  /// cannot be, on the thread that noticed.
  using Announce = std::function<void(const TlsClient&)>;

  /// `lifetime` 0: nobody is passed through. `clock` must outlive it.
  PinMemory(Duration lifetime, const Clock& clock, Announce announce)
      : lifetime_(lifetime), clock_(clock), announce_(std::move(announce)) {}

  void note(const TlsClient& client, Sign sign);
  /// It accepted our certificate.
  void trust(const TlsClient& client);
  /// Whether it is to be passed through.
  [[nodiscard]] bool contains(const TlsClient& client);
  /// All that were to be passed through so far, each once, the first kListed.
  static constexpr std::size_t kListed = 1000;
  [[nodiscard]] std::vector<TlsClient> all() const;

 private:
  struct Entry {
    unsigned doubts = 0;
    std::optional<Time> until = {};  ///< passed through
  };

  bool list(std::vector<TlsClient>& clients, const TlsClient& client);

  const Duration lifetime_;
  const Clock& clock_;
  const Announce announce_;
  tls::LruCache<Entry> entries_{kBound};
  mutable std::mutex mutex_;
  std::vector<TlsClient> all_, impassable_;  // under mutex_
};

}  // namespace mitm::proxy
