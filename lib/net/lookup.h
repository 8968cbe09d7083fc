#pragma once

#include <chrono>

#include "lib/flow/facts.h"
#include "lib/net/resolver.h"
#include "lib/net/timer.h"

namespace mitm::net {

/// Asks for the addresses of one name. Some name servers answer for IPv4 and are silent about IPv6
/// (RFC 4074, section 4.1), which holds up the answer for both. So after a while IPv4 is asked for
/// by itself as well, and the first addresses that come are taken. May be destroyed at any time,
/// also within its callback, and then calls nobody. Loop thread only.
class Lookup {
 public:
  /// How long both families are waited for before IPv4 is asked for alone.
  static constexpr std::chrono::milliseconds kBothFamilies{200};

  /// The callback runs once, never before the constructor has returned.
  Lookup(Loop& loop, Resolver& resolver, const flow::Target& target, Resolver::Callback callback);
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

 private:
  void ask_for_ipv4();
  void finish(Result<Addresses> answer);

  Loop& loop_;
  Resolver& resolver_;
  flow::Target target_;
  Resolver::Callback callback_;
  Timer patience_;
  Resolver::Token both_, ipv4_;
};

}  // namespace mitm::net
