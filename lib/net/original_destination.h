#pragma once

#include <memory>
#include <string>

#include "lib/base/error.h"
#include "lib/flow/facts.h"

namespace mitm::net {

/// Where a connection was going before the system's rules led it to us. One implementation for each
/// mechanism that does such things. Any thread.
class OriginalDestinations {
 public:
  virtual ~OriginalDestinations() = default;
  /// `fd` was accepted at `listener`. Fails, with what the user can do about it, when no rule led
  /// it here.
  [[nodiscard]] virtual Result<flow::Endpoint> find(int fd,
                                                    const flow::Endpoint& listener) const = 0;
};

/// That of this system.
Result<std::shared_ptr<const OriginalDestinations>> open_original_destinations();

/// What both mechanisms of Linux say of a connection. REDIRECT leaves the destination in the
/// translation that it makes, TPROXY in the socket's own address.
/// `local`: of the socket. `translated`: what it was before any translation; without a port when
/// the system knows of none.
Result<flow::Endpoint> choose_destination(const flow::Endpoint& local,
                                          const flow::Endpoint& translated,
                                          const flow::Endpoint& listener);

}  // namespace mitm::net
