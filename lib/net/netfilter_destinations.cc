#include "lib/net/netfilter_destinations.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

// As <linux/netfilter_ipv4.h> and <linux/netfilter_ipv6/ip6_tables.h> have them, which do not go
// together with <netinet/in.h>.
constexpr int kSoOriginalDst = 80;
constexpr int kIp6tSoOriginalDst = 80;

flow::Endpoint original(int fd, int level, int option) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (::getsockopt(fd, level, option, &address.storage, &address.length) != 0) return {};
  return to_endpoint(address.get());
}

class NetfilterDestinations final : public OriginalDestinations {
 public:
  Result<flow::Endpoint> find(int fd, const flow::Endpoint& listener) const override {
    const flow::Endpoint local = local_endpoint(fd);
    // A socket of IPv6 also accepts connections of IPv4, which are known as such.
    const bool is_v6 = local.address.find(':') != std::string::npos;
    const flow::Endpoint translated = is_v6 ? original(fd, IPPROTO_IPV6, kIp6tSoOriginalDst)
                                            : original(fd, IPPROTO_IP, kSoOriginalDst);
    return choose_destination(local, translated, listener);
  }
};

}  // namespace

std::shared_ptr<const OriginalDestinations> make_netfilter_destinations() {
  return std::make_shared<const NetfilterDestinations>();
}

}  // namespace mitm::net
