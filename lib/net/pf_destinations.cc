#include "lib/net/pf_destinations.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <utility>

#include "lib/base/fd.h"
#include "lib/base/subprocess.h"
#include "lib/net/address.h"
#include "lib/net/pf_state.h"

#if !defined(__linux__) && __has_include(<net/pfvar.h>)
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <cstring>

#include <net/pfvar.h>
#endif

namespace mitm::net {
namespace {

std::unexpected<Error> not_redirected(const flow::Endpoint& client) {
  return fail(
      Code::kUsage,
      fmt::format("pf knows of no redirection of the connection from {}", to_string(client)),
      "it lacks an rdr or rdr-to rule: mitm-record --print-rules pf shows it");
}

class PfctlDestinations final : public OriginalDestinations {
 public:
  explicit PfctlDestinations(std::string pfctl) : pfctl_(std::move(pfctl)) {}

  Result<flow::Endpoint> find(int fd, const flow::Endpoint&) const override {
    const auto ran = run_command({.words = {pfctl_, "-s", "state"}});
    if (!ran) return std::unexpected(ran.error());
    const flow::Endpoint client = remote_endpoint(fd);
    const auto found = find_in_pf_states(ran->output, client, local_endpoint(fd));
    if (!found) return not_redirected(client);
    return *found;
  }

 private:
  std::string pfctl_;
};

#ifdef DIOCNATLOOK
class PfDeviceDestinations final : public OriginalDestinations {
 public:
  explicit PfDeviceDestinations(Fd device) : device_(std::move(device)) {}

  Result<flow::Endpoint> find(int fd, const flow::Endpoint&) const override {
    const flow::Endpoint client = remote_endpoint(fd);
    const flow::Endpoint local = local_endpoint(fd);
    const auto from = numeric_address(client.address, client.port);
    const auto to = numeric_address(local.address, local.port);
    if (!from || !to) return not_redirected(client);
    pfioc_natlook look{};
    look.af = from->storage.ss_family;
    look.proto = IPPROTO_TCP;
    look.direction = PF_OUT;
    put(*from, look.saddr, look.sport);
    put(*to, look.daddr, look.dport);
    if (::ioctl(device_.get(), DIOCNATLOOK, &look) != 0) return not_redirected(client);
    return endpoint_of(look);
  }

 private:
  template <class Address, class Port>
  static void put(const SocketAddress& from, Address& address, Port& port) {
    if (from.storage.ss_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(&from.storage);
      std::memcpy(&address, &v4->sin_addr, sizeof v4->sin_addr);
      port = v4->sin_port;
    } else {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&from.storage);
      std::memcpy(&address, &v6->sin6_addr, sizeof v6->sin6_addr);
      port = v6->sin6_port;
    }
  }

  static flow::Endpoint endpoint_of(const pfioc_natlook& look) {
    SocketAddress address;
    if (look.af == AF_INET) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
      v4->sin_family = AF_INET;
      std::memcpy(&v4->sin_addr, &look.rdaddr, sizeof v4->sin_addr);
      v4->sin_port = look.rdport;
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
      v6->sin6_family = AF_INET6;
      std::memcpy(&v6->sin6_addr, &look.rdaddr, sizeof v6->sin6_addr);
      v6->sin6_port = look.rdport;
    }
    return to_endpoint(address.get());
  }

  Fd device_;
};
#endif

}  // namespace

Result<std::shared_ptr<const OriginalDestinations>> open_pf_destinations() {
#ifdef DIOCNATLOOK
  Fd device(::open("/dev/pf", O_RDWR | O_CLOEXEC));
  if (!device.is_open()) return fail_errno("open /dev/pf");
  return std::make_shared<const PfDeviceDestinations>(std::move(device));
#else
  return make_pfctl_destinations("/sbin/pfctl");
#endif
}

std::shared_ptr<const OriginalDestinations> make_pfctl_destinations(std::string pfctl) {
  return std::make_shared<const PfctlDestinations>(std::move(pfctl));
}

}  // namespace mitm::net
