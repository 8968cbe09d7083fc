#include "lib/net/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

constexpr int kBacklog = 4096;
/// After running out of descriptors or memory: long enough for some connections to end.
constexpr std::chrono::milliseconds kAcceptRetry{100};

/// Without the privilege for it there is still REDIRECT.
void allow_any_destination(int fd, int family) {
#ifdef __linux__
  constexpr int kIpTransparent = 19;  // <linux/in.h>, <linux/in6.h>
  constexpr int kIpv6Transparent = 75;
  const int on = 1;
  if (family == AF_INET6)
    ::setsockopt(fd, IPPROTO_IPV6, kIpv6Transparent, &on, sizeof on);
  else
    ::setsockopt(fd, IPPROTO_IP, kIpTransparent, &on, sizeof on);
#else
  static_cast<void>(fd), static_cast<void>(family);
#endif
}

Result<Fd> bind_one(const flow::Endpoint& endpoint, bool join, bool transparent) {
  const auto address = numeric_address(endpoint.address, endpoint.port);
  if (!address)
    return fail(Code::kUsage,
                fmt::format("listen on {}: not a numeric address", to_string(endpoint)));
  const auto what = fmt::format("listen on {}", to_string(endpoint));
  Fd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(what);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (join) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (transparent) allow_any_destination(fd.get(), address->storage.ss_family);
  if (::bind(fd.get(), address->get(), address->length) != 0) return fail_errno(what);
  if (!join) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::listen(fd.get(), kBacklog) != 0) return fail_errno(what);
  return fd;
}

}  // namespace

Result<std::vector<Fd>> bind_listeners(const flow::Endpoint& endpoint, std::size_t count,
                                       bool transparent) {
  std::vector<Fd> sockets;
  flow::Endpoint bound = endpoint;
  while (sockets.size() < count) {
    auto fd = bind_one(bound, !sockets.empty(), transparent);
    if (!fd) return std::unexpected(std::move(fd).error());
    bound = local_endpoint(fd->get());
    sockets.push_back(*std::move(fd));
  }
  return sockets;
}

Listener::Listener(Loop& loop, Fd socket, Callback callback, OnFailure on_failure)
    : callback_(std::move(callback)),
      on_failure_(std::move(on_failure)),
      listener_(evconnlistener_new(
          loop.base(),
          [](evconnlistener*, evutil_socket_t fd, sockaddr* from, int, void* self) {
            set_no_delay(fd);
            static_cast<Listener*>(self)->callback_(Fd(fd), to_endpoint(from));
          },
          this, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, socket.get())),
      retry_(loop, [this] {
        if (!paused_) evconnlistener_enable(listener_.get());
      }) {
  socket.release();  // the listener closes it
  evconnlistener_set_error_cb(listener_.get(), [](evconnlistener*, void* self) {
    static_cast<Listener*>(self)->on_accept_error();
  });
}

flow::Endpoint Listener::endpoint() const {
  return local_endpoint(evconnlistener_get_fd(listener_.get()));
}

void Listener::pause() {
  paused_ = true;
  evconnlistener_disable(listener_.get());
}

void Listener::resume() {
  paused_ = false;
  evconnlistener_enable(listener_.get());
}

void Listener::on_accept_error() {
  const int err = errno;
  evconnlistener_disable(listener_.get());
  retry_.start(kAcceptRetry);
  on_failure_(err);
}

}  // namespace mitm::net
