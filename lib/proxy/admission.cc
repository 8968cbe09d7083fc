#include "lib/proxy/admission.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "lib/net/address.h"
#include "lib/net/own_addresses.h"

namespace mitm::proxy {
namespace {

/// For places that other workers' connections give back.
constexpr std::chrono::milliseconds kPlaceCheck{10};

}  // namespace

Admission::Admission(net::Loop& loop, const Lent& lent, std::vector<Door> doors, OnClient on_client)
    : lent_(lent),
      on_client_(std::move(on_client)),
      place_check_(loop, [this] { look_for_place(); }) {
  for (Door& door : doors) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop, std::move(door.socket),
        [this, &entrance = door.entrance](Fd client, const flow::Endpoint& from) {
          on_accept(entrance, std::move(client), from);
        },
        [this, &entrance = door.entrance](int err) { on_failure(entrance, err); }));
  }
}

void Admission::on_accept(const Entrance& entrance, Fd client, const flow::Endpoint& from) {
  if (!may_enter(entrance, client.get(), from)) return turn_away(from);
  if (!lent_.places.take()) wait_for_place();
  on_client_(entrance, std::move(client), from);
}

void Admission::on_failure(const Entrance& entrance, int err) {
  if (std::exchange(told_failure_, true)) return;
  lent_.report({"accept", fmt::format("accept on {}: {}", to_string(entrance.listener),
                                      std::system_category().message(err))},
               "clients wait; it is tried again");
}

bool Admission::may_enter(const Entrance& entrance, int client, const flow::Endpoint& from) const {
  return !entrance.guarded || net::is_loopback(from) ||
         any_contains(lent_.settings.allowed, from.address) || net::is_own_peer(client);
}

void Admission::turn_away(const flow::Endpoint& from) {
  lent_.counters.count_turned_away();
  if (std::exchange(told_turned_away_, true)) return;
  lent_.report({"turned-away", fmt::format("a connection from {} was turned away: the address is "
                                           "in no network that --allow names",
                                           from.address)},
               fmt::format("if it may come in, start with --allow {} as well; others are counted "
                           "from now on",
                           from.address));
}

void Admission::wait_for_place() {
  if (std::exchange(waits_, true)) return;
  for (auto& listener : listeners_) listener->pause();
  lent_.places.begin_wait();
  place_check_.start(kPlaceCheck);
  if (std::exchange(told_wait_, true)) return;
  lent_.report(
      {"few-descriptors",
       fmt::format("connections use the {} file descriptors that there are for them; new ones wait "
                   "until others end or fall idle",
                   lent_.places.room().descriptors)},
      "raise the hard limit: ulimit -Hn, LimitNOFILE= of a service, or --ulimit nofile= of a "
      "container");
}

void Admission::look_for_place() {
  if (!lent_.places.any_left()) return place_check_.start(kPlaceCheck);
  stop_waiting();
  for (auto& listener : listeners_) listener->resume();
}

void Admission::stop_waiting() {
  if (std::exchange(waits_, false)) lent_.places.end_wait();
}

void Admission::on_place() {
  if (waits_) place_check_.start(std::chrono::microseconds(0));
}

void Admission::close() {
  listeners_.clear();
  place_check_.cancel();
  stop_waiting();
}

}  // namespace mitm::proxy
