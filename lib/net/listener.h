#pragma once

#include <functional>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/flow/facts.h"
#include "lib/net/loop.h"
#include "lib/net/timer.h"

namespace mitm::net {

/// The sockets of one listening address, one for each worker. The first is bound without
/// SO_REUSEPORT, so that an address in use is an error and never a silent share; the others join
/// it. Port 0 lets the system choose. Fails with the address in the message. `transparent`: they
/// may be given connections to any address (TPROXY), where the system allows that.
Result<std::vector<Fd>> bind_listeners(const flow::Endpoint& endpoint, std::size_t count,
                                       bool transparent = false);

/// Accepts connections on one socket. Loop thread only.
class Listener {
 public:
  using Callback = std::function<void(Fd client, flow::Endpoint from)>;
  /// The system did not give a client away that had come; it is asked again after a while.
  using OnFailure = std::function<void(int err)>;

  Listener(Loop& loop, Fd socket, Callback callback, OnFailure on_failure);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] flow::Endpoint endpoint() const;
  /// Clients wait in the system's queue until resume(). Also from within the callback.
  void pause();
  void resume();

 private:
  void on_accept_error();

  Callback callback_;
  OnFailure on_failure_;
  ListenerPtr listener_;
  Timer retry_;
  bool paused_ = false;
};

}  // namespace mitm::net
