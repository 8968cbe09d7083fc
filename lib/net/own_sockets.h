#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/net/address.h"

namespace mitm::net {

/// Which addresses and connections are our own, so that a proxy can tell when it would talk to
/// itself, which would go round until there are no more sockets. Any thread.
class OwnSockets {
 public:
  struct Options {
    std::optional<std::uint32_t> mark;  ///< SO_MARK of sockets towards servers
    bool remember = false;              ///< is_ours() is going to be asked
    /// What sockets towards servers are bound to, one for each family at most. Where there are any,
    /// servers of a family without one cannot be reached.
    std::vector<SocketAddress> sources = {};
  };
  /// A socket towards a server counts as ours as long as its claim lives, which the object must
  /// outlive.
  using Claim = std::shared_ptr<const void>;

  OwnSockets() = default;
  explicit OwnSockets(Options options) : options_(options) {}

  /// Before other threads ask.
  void add_listener(const flow::Endpoint& listener) { listeners_.push_back(listener); }
  /// Whether who connects to `endpoint` reaches a listener of ours.
  [[nodiscard]] bool listens_at(const flow::Endpoint& endpoint) const;

  /// connect(2) for a socket towards a server, with its mark and source. `claim` is set once it is
  /// on its way.
  int connect(int fd, const SocketAddress& address, Claim& claim);
  /// Whether a client that connects from there is such a socket of ours, on its way to
  /// `destination`, which rules of the system have led back. Ports alone do not tell: the same one
  /// serves several destinations.
  [[nodiscard]] bool is_ours(const flow::Endpoint& from, const flow::Endpoint& destination) const;

 private:
  struct Release;
  [[nodiscard]] int bind_source(int fd, int family) const;
  void forget(const std::string& pair);

  Options options_;
  std::vector<flow::Endpoint> listeners_;
  mutable std::mutex mutex_;
  std::multiset<std::string> ours_;  ///< pairs of endpoints; guarded by mutex_
};

/// Whether sockets can be given a mark; the reason if not.
Status can_mark(std::uint32_t mark);
/// Whether sockets can be bound to a source, which has to be an address of this machine; the reason
/// if not.
Status can_bind(const SocketAddress& source);

}  // namespace mitm::net
