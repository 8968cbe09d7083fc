#include "lib/net/connector.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "lib/net/address.h"

namespace mitm::net {
namespace {

/// What a later failure may replace: it says little of the server.
bool is_no_route(int err) {
  return err == EADDRNOTAVAIL || err == ENETUNREACH || err == EAFNOSUPPORT;
}

std::string kind_of(int err) {
  if (err == ECONNREFUSED) return "connect-refused";
  if (err == ETIMEDOUT) return "connect-timeout";
  return "connect-failed";
}

Error error_of(const flow::Target& target, const std::string& reason) {
  return {Code::kPeer, fmt::format("connect to {}: {}", to_string(target), reason)};
}

}  // namespace

/// A socket that is on its way to one of the addresses.
struct Connector::Attempt {
  Connector* owner = nullptr;
  Fd fd = {};
  std::shared_ptr<const void> keep = {};
  EventPtr writable = {};
};

Connector::Connector(Loop& loop, Resolver& resolver, const flow::Target& target,
                     std::chrono::milliseconds timeout, Callback callback, Connect connect,
                     Addresses known)
    : loop_(loop),
      target_(target),
      callback_(std::move(callback)),
      connect_(std::move(connect)),
      deadline_(loop, [this] { on_deadline(); }),
      next_attempt_(loop, [this] { try_next(); }),
      started_(std::chrono::steady_clock::now()),
      addresses_(std::move(known)),
      error_(EADDRNOTAVAIL) {
  deadline_.start(timeout);
  resolved_ = started_;
  if (!addresses_.empty()) {
    next_attempt_.start(std::chrono::microseconds(0));
    return;
  }
  more_to_come_ = true;
  lookup_.emplace(loop_, resolver, target.host, target.port,
                  [this](Result<Addresses> answer, bool last) {
                    more_to_come_ = !last;
                    on_addresses(std::move(answer));
                  });
}

Connector::~Connector() = default;

void Connector::on_addresses(Result<Addresses> answer) {
  if (addresses_.empty()) resolved_ = std::chrono::steady_clock::now();
  if (!answer && addresses_.empty()) return give_up("dns", std::move(answer).error());
  if (answer) append_new(addresses_, *answer);
  // It is the turn of the family that the last one tried is not of.
  alternate_families(addresses_, next_ > 0 ? next_ - 1 : 0);
  if (attempts_.empty()) return try_next();
  if (next_ < addresses_.size() && !next_attempt_.runs()) next_attempt_.start(kNextAttempt);
}

/// Those that are on their way have a head start.
void Connector::schedule_next() {
  if (next_ < addresses_.size())
    next_attempt_.start(attempts_.size() < kMostAttempts ? kNextAttempt : kFurtherAttempt);
}

void Connector::try_next() {
  while (next_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_++];
    auto attempt = std::make_unique<Attempt>(Attempt{.owner = this});
    attempt->fd =
        Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!attempt->fd.is_open() || (start(*attempt, address) != 0 && errno != EINPROGRESS)) {
      note_failure(errno);
      continue;
    }
    attempt->writable.reset(event_new(
        loop_.base(), attempt->fd.get(), EV_WRITE,
        [](evutil_socket_t, short, void* self) {
          auto* which = static_cast<Attempt*>(self);
          which->owner->on_writable(*which);
        },
        attempt.get()));
    event_add(attempt->writable.get(), nullptr);
    attempts_.push_back(std::move(attempt));
    if (attempts_.size() > kMostAttempts) attempts_.erase(attempts_.begin());
    return schedule_next();
  }
  if (attempts_.empty() && !more_to_come_) fail_to_connect();
}

/// A host without IPv6 fails at once there, which must not hide why IPv4 failed.
void Connector::note_failure(int err) {
  if (is_no_route(error_) || !is_no_route(err)) error_ = err;
}

int Connector::start(Attempt& attempt, const SocketAddress& address) {
  return connect_ ? connect_(attempt.fd.get(), address, attempt.keep)
                  : ::connect(attempt.fd.get(), address.get(), address.length);
}

void Connector::on_writable(Attempt& attempt) {
  int err = 0;
  socklen_t size = sizeof err;
  ::getsockopt(attempt.fd.get(), SOL_SOCKET, SO_ERROR, &err, &size);
  if (err == 0) return succeed(attempt);
  note_failure(err);
  std::erase_if(attempts_, [&](const auto& other) { return other.get() == &attempt; });
  try_next();
}

void Connector::succeed(Attempt& attempt) {
  deadline_.cancel();
  next_attempt_.cancel();
  lookup_.reset();
  Connected connected{.fd = std::move(attempt.fd),
                      .server = {},
                      .resolve = resolved_ - started_,
                      .connect = std::chrono::steady_clock::now() - resolved_,
                      .keep = std::move(attempt.keep)};
  // Their events must go before the sockets do.
  attempt.writable.reset();
  attempts_.clear();
  set_no_delay(connected.fd.get());
  connected.server = remote_endpoint(connected.fd.get());
  callback_(std::move(connected));
}

void Connector::on_deadline() {
  if (!attempts_.empty()) return give_up("connect-timeout", error_of(target_, "timed out"));
  if (!addresses_.empty()) return fail_to_connect();
  give_up("dns", {Code::kPeer, fmt::format("resolve {}: no answer in time", target_.host)});
}

void Connector::fail_to_connect() {
  give_up(kind_of(error_), error_of(target_, std::system_category().message(error_)));
}

void Connector::give_up(std::string kind, Error error) {
  deadline_.cancel();
  next_attempt_.cancel();
  attempts_.clear();
  lookup_.reset();
  callback_(std::unexpected(ConnectFailure{std::move(kind), std::move(error)}));
}

}  // namespace mitm::net
