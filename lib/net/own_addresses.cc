#include "lib/net/own_addresses.h"

#include <ifaddrs.h>

#include <memory>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

struct FreeInterfaces {
  void operator()(ifaddrs* first) const { ::freeifaddrs(first); }
};
using Interfaces = std::unique_ptr<ifaddrs, FreeInterfaces>;

Interfaces interfaces() {
  ifaddrs* first = nullptr;
  return Interfaces(::getifaddrs(&first) == 0 ? first : nullptr);
}

}  // namespace

bool is_local_address(const std::string& address) {
  const auto numeric = numeric_address(address, 0);
  if (!numeric) return false;
  // In the one way to write it that the others are written in.
  const flow::Endpoint wanted = to_endpoint(numeric->get());
  if (is_loopback(wanted)) return true;
  const Interfaces all = interfaces();
  for (const ifaddrs* one = all.get(); one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr != nullptr && to_endpoint(one->ifa_addr).address == wanted.address)
      return true;
  }
  return false;
}

bool is_wildcard(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

}  // namespace mitm::net
