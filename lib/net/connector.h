#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/net/resolver.h"
#include "lib/net/timer.h"

namespace mitm::net {

/// A TCP connection to a server, made.
struct Connected {
  Fd fd;
  flow::Endpoint server;
  Duration resolve{};
  Duration connect{};
};

/// A failed attempt: what kind of failure, as the error kinds of formats/README.md name it.
struct ConnectFailure {
  std::string kind;  ///< "dns", "connect-refused", "connect-timeout" or "connect-failed"
  Error error;
};

/// Resolves a name and tries its addresses one after the other. One attempt an object; it may be
/// destroyed at any time except inside its callback, and then calls nobody. Loop thread only.
class Connector {
 public:
  using Callback = std::function<void(std::expected<Connected, ConnectFailure>)>;
  /// As connect(2) on a socket that has just been made.
  using Connect = std::function<int(int fd, const SocketAddress& address)>;

  /// The callback runs once, never before the constructor has returned. `timeout` covers
  /// everything. `connect`: nullptr for connect(2) itself.
  Connector(Loop& loop, Resolver& resolver, const flow::Target& target,
            std::chrono::milliseconds timeout, Callback callback, Connect connect = nullptr);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

 private:
  void on_addresses(Result<Addresses> answer);
  void try_next();
  int start(const SocketAddress& address);
  void on_writable();
  void give_up(std::string kind, Error error);

  Loop& loop_;
  flow::Target target_;
  Callback callback_;
  Connect connect_;
  Timer deadline_;
  Resolver::Token token_;
  std::chrono::steady_clock::time_point started_, resolved_;
  Addresses addresses_;
  std::size_t next_ = 0;
  Fd fd_;
  EventPtr writable_;
};

}  // namespace mitm::net
