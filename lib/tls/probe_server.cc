#include "lib/tls/probe_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/fd.h"
#include "lib/tls/error.h"

namespace mitm::tls {
namespace {

constexpr timeval kPatience{10, 0};  // for a client that stops in the middle
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

Result<Fd> listen_on_loopback() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd.is_open() ||
      ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 16) != 0) {
    return fail_errno("listen on 127.0.0.1");
  }
  return fd;
}

/// What OpenSSL's queue says of the client.
std::string reason_of_failure() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "it went away";
  const char* words = reason_of(code);
  return words != nullptr ? words : "it went away";
}

}  // namespace

class ProbeServer::Serving {
 public:
  Serving(const Leaf& leaf, SslCtxPtr context, Fd listener, Fd stop)
      : leaf_(leaf),
        context_(std::move(context)),
        listener_(std::move(listener)),
        stop_(std::move(stop)),
        thread_([this] { run(); }) {}
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stop_.get(), &one, sizeof one));
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  std::optional<ProbeVerdict> verdict() const {
    const std::lock_guard lock(mutex_);
    return verdict_;
  }

 private:
  void run() {
    // Browsers make connections in advance, which are not to hold up others.
    std::vector<Fd> silent;
    while (true) {
      std::vector<pollfd> waiting{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      for (const Fd& client : silent) waiting.push_back({client.get(), POLLIN, 0});
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
      if (waiting[1].revents != 0) return;
      for (std::size_t i = silent.size(); i-- > 0;) {
        if (waiting[i + 2].revents == 0) continue;
        serve(silent[i].get());
        silent.erase(silent.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (waiting[0].revents == 0) continue;
      Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.is_open()) silent.push_back(std::move(client));
    }
  }

  void serve(int fd) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    ERR_clear_error();
    const SslPtr ssl(SSL_new(context_.get()));
    if (!ssl || !leaf_.present(ssl.get()) || SSL_set_fd(ssl.get(), fd) != 1) return;
    std::array<char, 4096> request{};
    const bool came = SSL_accept(ssl.get()) == 1 &&
                      SSL_read(ssl.get(), request.data(), static_cast<int>(request.size())) > 0;
    note({came, came ? std::string() : reason_of_failure()});
    if (!came) return;
    SSL_write(ssl.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
    SSL_shutdown(ssl.get());
    ERR_clear_error();
  }

  void note(ProbeVerdict verdict) {
    const std::lock_guard lock(mutex_);
    // An alert says more than a connection that was only opened.
    const bool better =
        !verdict_ || verdict.trusted || (!verdict_->trusted && verdict.reason != "it went away");
    if (better) verdict_ = std::move(verdict);
  }

  const Leaf& leaf_;
  const SslCtxPtr context_;
  const Fd listener_;
  const Fd stop_;
  mutable std::mutex mutex_;
  std::optional<ProbeVerdict> verdict_;
  std::thread thread_;  // last: it uses the others
};

ProbeServer::ProbeServer(std::unique_ptr<Serving> serving) : serving_(std::move(serving)) {}
ProbeServer::~ProbeServer() = default;

Result<std::unique_ptr<ProbeServer>> ProbeServer::start(const Leaf& leaf) {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail_tls("make TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A client that resumes would not look at the certificate.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  auto listener = listen_on_loopback();
  if (!listener) return std::unexpected(std::move(listener).error());
  Fd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop.is_open()) return fail_errno("make an event");
  return std::unique_ptr<ProbeServer>(new ProbeServer(
      std::make_unique<Serving>(leaf, std::move(context), *std::move(listener), std::move(stop))));
}

std::uint16_t ProbeServer::port() const { return serving_->port(); }
std::optional<ProbeVerdict> ProbeServer::verdict() const { return serving_->verdict(); }

}  // namespace mitm::tls
