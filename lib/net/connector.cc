#include "lib/net/connector.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <system_error>
#include <utility>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

std::string kind_of(int err) {
  if (err == ECONNREFUSED) return "connect-refused";
  if (err == ETIMEDOUT) return "connect-timeout";
  return "connect-failed";
}

Error error_of(const flow::Target& target, const std::string& reason) {
  return {Code::kPeer, fmt::format("connect to {}: {}", to_string(target), reason)};
}

}  // namespace

Connector::Connector(Loop& loop, Resolver& resolver, const flow::Target& target,
                     std::chrono::milliseconds timeout, Callback callback, Connect connect)
    : loop_(loop),
      target_(target),
      callback_(std::move(callback)),
      connect_(std::move(connect)),
      deadline_(loop, [this] { give_up("connect-timeout", error_of(target_, "timed out")); }),
      started_(std::chrono::steady_clock::now()) {
  deadline_.start(timeout);
  token_ = resolver.resolve(loop_, target.host, target.port,
                            [this](Result<Addresses> answer) { on_addresses(std::move(answer)); });
}

void Connector::on_addresses(Result<Addresses> answer) {
  resolved_ = std::chrono::steady_clock::now();
  if (!answer) return give_up("dns", std::move(answer).error());
  addresses_ = *std::move(answer);
  try_next();
}

void Connector::try_next() {
  int err = EADDRNOTAVAIL;
  writable_.reset();
  while (next_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_++];
    fd_ = Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd_.is_open() && (start(address) == 0 || errno == EINPROGRESS)) {
      writable_.reset(event_new(
          loop_.base(), fd_.get(), EV_WRITE,
          [](evutil_socket_t, short, void* self) { static_cast<Connector*>(self)->on_writable(); },
          this));
      event_add(writable_.get(), nullptr);
      return;
    }
    err = errno;
  }
  give_up(kind_of(err), error_of(target_, std::system_category().message(err)));
}

int Connector::start(const SocketAddress& address) {
  return connect_ ? connect_(fd_.get(), address)
                  : ::connect(fd_.get(), address.get(), address.length);
}

void Connector::on_writable() {
  int err = 0;
  socklen_t size = sizeof err;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &err, &size);
  if (err != 0) {
    if (next_ < addresses_.size()) return try_next();
    return give_up(kind_of(err), error_of(target_, std::system_category().message(err)));
  }
  deadline_.cancel();
  writable_.reset();
  set_no_delay(fd_.get());
  const flow::Endpoint server = remote_endpoint(fd_.get());
  callback_(Connected{std::move(fd_), server, resolved_ - started_,
                      std::chrono::steady_clock::now() - resolved_});
}

void Connector::give_up(std::string kind, Error error) {
  deadline_.cancel();
  writable_.reset();
  token_.reset();
  callback_(std::unexpected(ConnectFailure{std::move(kind), std::move(error)}));
}

}  // namespace mitm::net
