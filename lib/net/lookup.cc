#include "lib/net/lookup.h"

#include <utility>

namespace mitm::net {

Lookup::Lookup(Loop& loop, Resolver& resolver, std::string host, std::uint16_t port,
               Callback callback)
    : loop_(loop),
      resolver_(resolver),
      host_(std::move(host)),
      port_(port),
      callback_(std::move(callback)),
      patience_(loop, [this] { ask_for_ipv4(); }),
      both_(resolver.resolve(loop, host_, port,
                             [this](Result<Addresses> answer) { on_both(std::move(answer)); })) {
  patience_.start(kBothFamilies);
}

void Lookup::ask_for_ipv4() {
  ipv4_ = resolver_.resolve(
      loop_, host_, port_, [this](Result<Addresses> answer) { on_ipv4(std::move(answer)); },
      Resolver::Families::kIpv4);
}

void Lookup::on_both(Result<Addresses> answer) {
  patience_.cancel();
  if (answer || !ipv4_) return finish(std::move(answer));
  failure_ = std::move(answer).error();
}

/// That there are none, or that it was not asked for, says nothing of both.
void Lookup::on_ipv4(Result<Addresses> answer) {
  ipv4_.reset();
  if (failure_)
    return finish(answer ? std::move(answer) : std::unexpected(*std::exchange(failure_, {})));
  if (!answer) return;
  const Callback copy = callback_;  // it may destroy the original
  copy(std::move(answer), false);
}

void Lookup::finish(Result<Addresses> answer) {
  both_.reset();
  ipv4_.reset();
  std::exchange(callback_, nullptr)(std::move(answer), true);
}

}  // namespace mitm::net
