#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/net/lookup.h"
#include "lib/net/resolver.h"
#include "lib/net/timer.h"

namespace mitm::net {

/// A TCP connection to a server, made.
struct Connected {
  Fd fd;
  flow::Endpoint server;
  Duration resolve{};
  Duration connect{};
  std::shared_ptr<const void> keep = {};  ///< what Connector::Connect gave for this socket
};

/// A failed attempt: what kind of failure, as the error kinds of formats/README.md name it.
struct ConnectFailure {
  std::string kind;  ///< "dns", "connect-refused", "connect-timeout" or "connect-failed"
  Error error;
};

/// Resolves a name and tries its addresses as they become known: the next one when one fails, or
/// when it has not answered for a while, and the first that answers is taken (RFC 8305). One server
/// an object; it may be destroyed at any time except inside its callback, and then calls nobody.
/// Loop thread only.
class Connector {
 public:
  using Callback = std::function<void(std::expected<Connected, ConnectFailure>)>;
  /// As connect(2) on a socket that has just been made. What is put into `keep` lives as long as
  /// the socket is tried.
  using Connect =
      std::function<int(int fd, const SocketAddress& address, std::shared_ptr<const void>& keep)>;
  /// How long an address is waited for before the next one is tried as well.
  static constexpr std::chrono::milliseconds kNextAttempt{200};
  /// The sockets that it waits for at once. A further address is tried after a longer while, and
  /// once it is on its way the one tried longest is given up.
  static constexpr std::size_t kMostAttempts = 2;
  static constexpr std::chrono::milliseconds kFurtherAttempt{1'000};

  /// The callback runs once, never before the constructor has returned. `timeout` covers
  /// everything. `connect`: nullptr for connect(2) itself. `known`: addresses to try in place of
  /// the target's own; empty: there are none.
  Connector(Loop& loop, Resolver& resolver, const flow::Target& target,
            std::chrono::milliseconds timeout, Callback callback, Connect connect = nullptr,
            Addresses known = {});
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();

 private:
  struct Attempt;

  void on_addresses(Result<Addresses> answer);
  void schedule_next();
  void try_next();
  int start(Attempt& attempt, const SocketAddress& address);
  void on_writable(Attempt& attempt);
  void note_failure(int err);
  void succeed(Attempt& attempt);
  void on_deadline();
  void fail_to_connect();
  void give_up(std::string kind, Error error);

  Loop& loop_;
  flow::Target target_;
  Callback callback_;
  Connect connect_;
  Timer deadline_;
  Timer next_attempt_;
  std::optional<Lookup> lookup_;
  std::chrono::steady_clock::time_point started_, resolved_;
  Addresses addresses_;
  std::size_t next_ = 0;
  bool more_to_come_ = false;  ///< addresses
  int error_;                  ///< errno of the failure that says most
  std::vector<std::unique_ptr<Attempt>> attempts_;
};

}  // namespace mitm::net
