#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/base/error.h"
#include "lib/net/addresses.h"
#include "lib/net/loop.h"

namespace mitm::net {

/// Turns names into addresses with the system's resolver (getaddrinfo, RFC 6724 order) on threads
/// of its own, so that no event loop waits. Any thread may ask; the loops that asked must outlive
/// it. Each lookup has a thread, up to a limit, so that names whose servers are silent do not hold
/// up others; who asks for what is being looked up gets the same answer.
class Resolver {
 public:
  using Callback = std::function<void(Result<Addresses>)>;
  /// The answer is wanted as long as the token lives.
  using Token = std::shared_ptr<const Callback>;
  /// Whoever asks for kIpv4 alone has asked for both and is impatient: that is a luxury, and fails
  /// at once where it could hold up others.
  enum class Families : std::uint8_t { kBoth, kIpv4 };

  /// `most_threads`: more lookups wait for their turn.
  explicit Resolver(unsigned most_threads = 64);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  /// Does not wait for lookups that are under way, which nothing can interrupt; their answers are
  /// dropped.
  ~Resolver();

  /// `callback` runs on `loop`'s thread, later, unless the returned token is gone by then.
  [[nodiscard]] Token resolve(Loop& loop, const std::string& host, std::uint16_t port,
                              Callback callback, Families families = Families::kBoth);

 private:
  /// What the threads share with the resolver, and outlives it until the last of them is done.
  struct Desk;

  std::shared_ptr<Desk> desk_;
};

}  // namespace mitm::net
