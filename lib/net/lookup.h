#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lib/net/resolver.h"
#include "lib/net/timer.h"

namespace mitm::net {

/// Asks for the addresses of one name. Some name servers answer for IPv4 and are silent about IPv6
/// (RFC 4074, section 4.1), which holds up the answer for both. So after a while IPv4 is asked for
/// by itself as well, and what comes first is told first (RFC 8305, section 3). May be destroyed at
/// any time, also within its callback, and then calls nobody. Loop thread only.
class Lookup {
 public:
  /// `last`: no more are going to come. Those told before may be among them.
  using Callback = std::function<void(Result<Addresses> answer, bool last)>;
  /// How long both families are waited for before IPv4 is asked for alone.
  static constexpr std::chrono::milliseconds kBothFamilies{200};

  /// The callback runs once or twice, never before the constructor has returned. A failure is the
  /// last of its calls.
  Lookup(Loop& loop, Resolver& resolver, std::string host, std::uint16_t port, Callback callback);
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

 private:
  void ask_for_ipv4();
  void on_both(Result<Addresses> answer);
  void on_ipv4(Result<Addresses> answer);
  void finish(Result<Addresses> answer);

  Loop& loop_;
  Resolver& resolver_;
  std::string host_;
  std::uint16_t port_;
  Callback callback_;
  Timer patience_;
  Resolver::Token both_, ipv4_;
  std::optional<Error> failure_;  ///< of both, while IPv4 alone is waited for
};

}  // namespace mitm::net
