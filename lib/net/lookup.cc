#include "lib/net/lookup.h"

#include <utility>

namespace mitm::net {

Lookup::Lookup(Loop& loop, Resolver& resolver, const flow::Target& target,
               Resolver::Callback callback)
    : loop_(loop),
      resolver_(resolver),
      target_(target),
      callback_(std::move(callback)),
      patience_(loop, [this] { ask_for_ipv4(); }),
      both_(resolver.resolve(loop, target.host, target.port,
                             [this](Result<Addresses> answer) { finish(std::move(answer)); })) {
  patience_.start(kBothFamilies);
}

void Lookup::ask_for_ipv4() {
  ipv4_ = resolver_.resolve(
      loop_, target_.host, target_.port,
      [this](Result<Addresses> answer) {
        // That there are none says nothing of IPv6's.
        if (answer) finish(std::move(answer));
      },
      Resolver::Families::kIpv4);
}

void Lookup::finish(Result<Addresses> answer) {
  patience_.cancel();
  both_.reset();
  ipv4_.reset();
  std::exchange(callback_, nullptr)(std::move(answer));
}

}  // namespace mitm::net
