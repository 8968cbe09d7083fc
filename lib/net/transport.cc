#include "lib/net/transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "lib/tls/handshake_error.h"
#include "lib/tls/io.h"
#include "lib/tls/resumption.h"

namespace mitm::net {
namespace {

using Then = Attempt::Then;

/// A TLS record holds no more (RFC 8446, section 5.1).
constexpr std::size_t kMaxPlaintext = 16 * 1024;
/// Pieces of output that are smaller are put together: each record costs, and so does each write.
constexpr std::size_t kWorthARecord = 4 * 1024;

Attempt failed(int error_number, std::size_t octets = 0) {
  return {.then = Then::kFailed,
          .octets = octets,
          .error = StreamError{{Code::kPeer, std::system_category().message(
                                                 error_number != 0 ? error_number : ECONNRESET)},
                               {}},
          .socket_failed = true};
}

Attempt failed(tls::TlsFailure failure, std::size_t octets = 0) {
  return {.then = Then::kFailed,
          .octets = octets,
          .error = StreamError{std::move(failure.error), failure.alert}};
}

bool would_block(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(int fd) : fd_(fd) {}

  Attempt shake_hands() override { return {}; }

  Attempt read(std::span<char> into) override {
    const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
    if (got > 0) return {.octets = static_cast<std::size_t>(got), .error = {}};
    if (got == 0) return {.then = Then::kEnd, .error = {}};
    if (would_block(errno)) return {.then = Then::kWantsRead, .error = {}};
    return failed(errno);
  }

  Attempt write(evbuffer* from) override {
    std::size_t written = 0;
    while (evbuffer_get_length(from) > 0) {
      const int result = evbuffer_write(from, fd_);
      if (result > 0) {
        written += static_cast<std::size_t>(result);
      } else if (result < 0 && !would_block(errno)) {
        return failed(errno, written);
      } else {
        return {.then = Then::kWantsWrite, .octets = written, .error = {}};
      }
    }
    return {.octets = written, .error = {}};
  }

  bool holds_octets() const override { return false; }
  tls::CloseNotify end() override { return tls::CloseNotify::kSent; }
  ssl_st* ssl() const override { return nullptr; }
  tls::SslPtr release() override { return nullptr; }

 private:
  int fd_;
};

/// The beginning of what is in `buffer`, as much as makes a good record.
ByteView next_record(evbuffer* buffer) {
  evbuffer_iovec first{};
  evbuffer_peek(buffer, -1, nullptr, &first, 1);
  const std::size_t all = evbuffer_get_length(buffer);
  if (first.iov_len < kWorthARecord && first.iov_len < all) {
    first.iov_len = std::min(all, kMaxPlaintext);
    first.iov_base = evbuffer_pullup(buffer, static_cast<ev_ssize_t>(first.iov_len));
  }
  return {static_cast<const char*>(first.iov_base), std::min(first.iov_len, kMaxPlaintext)};
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(tls::SslPtr ssl, TlsRole role)
      : ssl_(std::move(ssl)),
        peer_(role == TlsRole::kAccepting ? flow::Side::kClient : flow::Side::kServer) {
    tls::prepare(ssl_.get(), peer_);
  }
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;
  ~TlsTransport() override {
    if (ssl_) tls::settle_session(ssl_.get());
  }

  Attempt shake_hands() override {
    auto attempt = judge(tls::shake_hands(ssl_.get()));
    if (attempt.then == Then::kEnd || attempt.then == Then::kCut)
      return failed(tls::explain_failure(peer_, {}));
    return attempt;
  }
  Attempt read(std::span<char> into) override { return judge(tls::read(ssl_.get(), into)); }

  Attempt write(evbuffer* from) override {
    std::size_t written = 0;
    while (evbuffer_get_length(from) > 0) {
      auto attempt = judge(tls::write(ssl_.get(), next_record(from)));
      evbuffer_drain(from, attempt.octets);
      attempt.octets = written += attempt.octets;
      if (attempt.then != Then::kGoOn) return attempt;
    }
    return {.octets = written, .error = {}};
  }

  bool holds_octets() const override { return tls::holds_octets(ssl_.get()); }
  tls::CloseNotify end() override { return tls::send_close_notify(ssl_.get()); }
  ssl_st* ssl() const override { return ssl_.get(); }
  tls::SslPtr release() override { return std::move(ssl_); }

 private:
  Attempt judge(tls::IoResult result) {
    switch (result.state) {
      case tls::IoState::kGoOn:
        return {.octets = result.octets, .error = {}};
      case tls::IoState::kWantsRead:
        return {.then = Then::kWantsRead, .octets = result.octets, .error = {}};
      case tls::IoState::kWantsWrite:
        return {.then = Then::kWantsWrite, .octets = result.octets, .error = {}};
      case tls::IoState::kEnded:
        return {.then = Then::kEnd, .octets = result.octets, .error = {}};
      case tls::IoState::kCut:
        return {.then = Then::kCut, .octets = result.octets, .error = {}};
      case tls::IoState::kFailed:
        break;
    }
    if (result.errors.empty()) return failed(result.system_error, result.octets);
    return failed(tls::explain_failure(peer_, result.errors), result.octets);
  }

  tls::SslPtr ssl_;
  flow::Side peer_;  ///< who is at the other end, for messages
};

}  // namespace

std::unique_ptr<Transport> make_tcp_transport(int fd) { return std::make_unique<TcpTransport>(fd); }

std::unique_ptr<Transport> make_tls_transport(tls::SslPtr ssl, TlsRole role) {
  return std::make_unique<TlsTransport>(std::move(ssl), role);
}

}  // namespace mitm::net
