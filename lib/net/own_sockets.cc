#include "lib/net/own_sockets.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/base/fd.h"
#include "lib/net/own_addresses.h"

namespace mitm::net {
namespace {

std::string pair_of(const flow::Endpoint& from, const flow::Endpoint& to) {
  return to_string(from) + " " + to_string(to);
}

#ifdef SO_MARK
int set_mark(int fd, std::uint32_t mark) {
  return ::setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
}
#else
int set_mark(int, std::uint32_t) {
  errno = ENOTSUP;
  return -1;
}
#endif

/// The port is chosen in connect(2) only, where it need not differ from that of another server's
/// connection.
void postpone_port(int fd) {
#ifdef IP_BIND_ADDRESS_NO_PORT
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#else
  static_cast<void>(fd);
#endif
}

}  // namespace

struct OwnSockets::Release {
  OwnSockets* owner;
  std::string pair;

  Release(OwnSockets* of, std::string which) : owner(of), pair(std::move(which)) {}
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;
  ~Release() { owner->forget(pair); }
};

bool OwnSockets::listens_at(const flow::Endpoint& endpoint) const {
  return std::ranges::any_of(listeners_, [&](const flow::Endpoint& listener) {
    if (listener.port != endpoint.port) return false;
    return listener.address == endpoint.address ||
           (is_wildcard(listener.address) && is_local_address(endpoint.address));
  });
}

int OwnSockets::bind_source(int fd, int family) const {
  const auto& sources = options_.sources;
  if (sources.empty()) return 0;
  const auto source = std::ranges::find_if(sources, [family](const SocketAddress& candidate) {
    return candidate.storage.ss_family == family;
  });
  if (source == sources.end()) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  postpone_port(fd);
  return ::bind(fd, source->get(), source->length);
}

int OwnSockets::connect(int fd, const SocketAddress& address, Claim& claim) {
  claim.reset();
  if (options_.mark && set_mark(fd, *options_.mark) != 0) return -1;
  if (bind_source(fd, address.storage.ss_family) != 0) return -1;
  if (!options_.remember) return ::connect(fd, address.get(), address.length);
  // Under the lock, because the connection may be accepted before connect() has returned.
  const std::lock_guard lock(mutex_);
  const int result = ::connect(fd, address.get(), address.length);
  if (result != 0 && errno != EINPROGRESS) return result;
  const int err = errno;
  auto pair = pair_of(local_endpoint(fd), to_endpoint(address.get()));
  ours_.insert(pair);
  claim = std::make_shared<const Release>(this, std::move(pair));
  errno = err;
  return result;
}

bool OwnSockets::is_ours(const flow::Endpoint& from, const flow::Endpoint& destination) const {
  if (!options_.remember) return false;
  const std::lock_guard lock(mutex_);
  return ours_.contains(pair_of(from, destination));
}

void OwnSockets::forget(const std::string& pair) {
  const std::lock_guard lock(mutex_);
  if (const auto found = ours_.find(pair); found != ours_.end()) ours_.erase(found);
}

Status can_mark(std::uint32_t mark) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno("open a socket");
  if (set_mark(fd.get(), mark) != 0) return fail_errno(fmt::format("mark sockets with {}", mark));
  return {};
}

Status can_bind(const SocketAddress& source) {
  const Fd fd(::socket(source.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno("open a socket");
  const std::string address = to_endpoint(source.get()).address;
  bool bound = ::bind(fd.get(), source.get(), source.length) == 0;
  if (bound && !is_wildcard(address) && !is_local_address(address)) {
    errno = EADDRNOTAVAIL;
    bound = false;
  }
  return bound ? Status{} : fail_errno(fmt::format("connect from {}", address));
}

}  // namespace mitm::net
