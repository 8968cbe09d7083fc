#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lib/base/fd.h"
#include "lib/flow/facts.h"
#include "lib/net/listener.h"
#include "lib/net/loop.h"
#include "lib/net/timer.h"
#include "lib/proxy/counters.h"
#include "lib/proxy/entrance.h"
#include "lib/proxy/places.h"
#include "lib/proxy/settings.h"

namespace mitm::proxy {

/// A listening socket of a worker, and which of the entrances it is a share of.
struct Door {
  const Entrance& entrance;  ///< outlives the worker
  Fd socket;
};

/// Lets a worker's clients in: turns those away that may not come, takes a place for each of the
/// others, and lets them wait in the system's queue while there is none. What it is lent must
/// outlive it. Loop thread only.
class Admission {
 public:
  /// A client came in and has a place, which is for the callee to give back.
  using OnClient =
      std::function<void(const Entrance& entrance, Fd client, const flow::Endpoint& from)>;
  struct Lent {
    const Settings& settings;
    const Report& report;
    Counters& counters;
    Places& places;
  };

  Admission(net::Loop& loop, const Lent& lent, std::vector<Door> doors, OnClient on_client);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// A connection of this worker gives its place back once the loop has come round.
  void on_place();
  /// Nobody comes in any more.
  void close();

 private:
  void on_accept(const Entrance& entrance, Fd client, const flow::Endpoint& from);
  void on_failure(const Entrance& entrance, int err);
  [[nodiscard]] bool may_enter(const Entrance& entrance, int client,
                               const flow::Endpoint& from) const;
  void turn_away(const flow::Endpoint& from);
  void wait_for_place();
  void look_for_place();
  void stop_waiting();

  Lent lent_;
  OnClient on_client_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  net::Timer place_check_;
  bool waits_ = false;  ///< for a place
  bool told_failure_ = false;
  bool told_wait_ = false;
  bool told_turned_away_ = false;
};

}  // namespace mitm::proxy
