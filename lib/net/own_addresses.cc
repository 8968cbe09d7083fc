#include "lib/net/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstdint>
#include <memory>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

struct FreeInterfaces {
  void operator()(ifaddrs* first) const { ::freeifaddrs(first); }
};
using Interfaces = std::unique_ptr<ifaddrs, FreeInterfaces>;

/// Whether `matches` one of the interfaces' addresses.
template <class Matches>
bool any_interface(Matches matches) {
  ifaddrs* first = nullptr;
  const Interfaces all(::getifaddrs(&first) == 0 ? first : nullptr);
  for (const ifaddrs* one = all.get(); one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr != nullptr && matches(*one->ifa_addr)) return true;
  }
  return false;
}

/// The interface that a link-local address belongs to; 0: it belongs to all.
std::uint32_t link_of(const sockaddr& address) {
  if (address.sa_family != AF_INET6) return 0;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) ? v6.sin6_scope_id : 0;
}

}  // namespace

bool is_local_address(const std::string& address) {
  const auto numeric = numeric_address(address, 0);
  if (!numeric) return false;
  // In the one way to write it that the others are written in.
  const flow::Endpoint wanted = to_endpoint(numeric->get());
  if (is_loopback(wanted)) return true;
  return any_interface(
      [&](const sockaddr& ours) { return to_endpoint(&ours).address == wanted.address; });
}

bool is_own_peer(int fd) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length) != 0)
    return false;
  const flow::Endpoint from = to_endpoint(peer.get());
  if (is_loopback(from)) return true;
  return any_interface([&](const sockaddr& ours) {
    return to_endpoint(&ours).address == from.address && link_of(ours) == link_of(*peer.get());
  });
}

bool is_wildcard(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

}  // namespace mitm::net
