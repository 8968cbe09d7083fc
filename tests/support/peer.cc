#include "tests/support/peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>

#include "lib/net/address.h"
#include "lib/tls/close_notify.h"

namespace mitm::test {
namespace {

/// Long enough for an overloaded machine under a sanitizer; only a failing test waits for it.
constexpr int kDeadlineSeconds = 30;

void make_blocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  const timeval deadline{kDeadlineSeconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
}

bool readable(int fd, int milliseconds) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) > 0;
}

}  // namespace

Peer::Peer(Fd fd) : fd_(std::move(fd)) {
  std::signal(SIGPIPE, SIG_IGN);
  make_blocking(fd_.get());
  net::set_no_delay(fd_.get());
}

bool Peer::start_tls(const tls::ServerLeg& leg, const tls::ServerHandshake& handshake) {
  return shake_hands(leg.start(fd_.get(), handshake).value());
}

bool Peer::accept_tls(const tls::ClientLeg& leg, const tls::Leaf& leaf, const std::string& alpn) {
  return shake_hands(leg.start(fd_.get(), {}, leaf, alpn).value());
}

bool Peer::shake_hands(tls::SslPtr ssl) {
  ssl_ = std::move(ssl);
  ERR_clear_error();
  return SSL_do_handshake(ssl_.get()) == 1;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    errno = 0;
    const auto size = std::min<std::size_t>(bytes.size(), 1 << 16);
    const auto sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size))
                           : ::send(fd_.get(), bytes.data(), size, MSG_NOSIGNAL);
    if (sent <= 0) {
      reset_in_sending_ |= errno == ECONNRESET;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::send_bytewise(std::string_view bytes) {
  for (const char& byte : bytes) {
    if (!send({&byte, 1})) return false;
  }
  return true;
}

std::ptrdiff_t Peer::read_some(char* buffer, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  const std::ptrdiff_t got = ssl_ ? SSL_read(ssl_.get(), buffer, static_cast<int>(size))
                                  : ::recv(fd_.get(), buffer, size, 0);
  if (got > 0) return got;
  if (errno == ECONNRESET || errno == EPIPE) {
    ending_ = Ending::kReset;
  } else if (ssl_ && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) == 0) {
    ending_ = Ending::kTruncatedTls;
  } else if (got == 0 || ssl_) {
    ending_ = Ending::kClosed;
  }
  return 0;
}

std::string Peer::read_until(std::string_view suffix) {
  std::string text;
  char byte = 0;
  while (!text.ends_with(suffix) && read_some(&byte, 1) > 0) text += byte;
  return text;
}

std::string Peer::read_exactly(std::size_t count) {
  std::string text(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const auto got = read_some(text.data() + have, count - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

std::size_t Peer::drain() {
  std::array<char, 1 << 16> buffer;
  std::size_t total = 0;
  while (const auto got = read_some(buffer.data(), buffer.size()))
    total += static_cast<std::size_t>(got);
  return total;
}

std::string Peer::read_to_end() {
  std::string text;
  std::array<char, 1 << 14> buffer;
  while (const auto got = read_some(buffer.data(), buffer.size())) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool Peer::is_quiet(int milliseconds) const { return !readable(fd_.get(), milliseconds); }

void Peer::shutdown_write() {
  if (ssl_) tls::send_close_notify(ssl_.get());
  shutdown_tcp_write();
}

void Peer::shutdown_tcp_write() { ::shutdown(fd_.get(), SHUT_WR); }

void Peer::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void Peer::shrink_receive_buffer() {
  const int size = 4096;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

Origin::Origin(int backlog) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto any = net::numeric_address("127.0.0.1", 0).value();
  REQUIRE(::bind(fd_.get(), any.get(), any.length) == 0);
  REQUIRE(::listen(fd_.get(), backlog) == 0);
}

flow::Endpoint Origin::endpoint() const { return net::local_endpoint(fd_.get()); }

Peer Origin::accept() {
  REQUIRE(readable(fd_.get(), kDeadlineSeconds * 1000));
  return Peer(Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

bool Origin::is_untouched() const { return !readable(fd_.get(), 0); }

TcpPair::TcpPair() {
  Origin origin;
  theirs = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = net::numeric_address("127.0.0.1", origin.port()).value();
  REQUIRE(::connect(theirs.get(), address.get(), address.length) == 0);
  Peer accepted = origin.accept();
  ours = Fd(::fcntl(accepted.fd(), F_DUPFD_CLOEXEC, 0));
  for (const Fd* fd : {&ours, &theirs}) {
    ::fcntl(fd->get(), F_SETFL, ::fcntl(fd->get(), F_GETFL) | O_NONBLOCK);
  }
}

Peer connect_peer(const flow::Endpoint& endpoint) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = net::numeric_address(endpoint.address, endpoint.port).value();
  REQUIRE(::connect(fd.get(), address.get(), address.length) == 0);
  return Peer(std::move(fd));
}

std::uint16_t refusing_port() {
  const Origin origin;  // closed on return
  return origin.port();
}

}  // namespace mitm::test
