#include "tests/bench/tls/handshakes.h"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>

#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "lib/tls/leg.h"
#include "lib/tls/minter.h"
#include "lib/tls/resumption.h"
#include "tests/bench/processor_time.h"

namespace mitm::bench {
namespace {

constexpr const char* kHost = "shop.example";

struct Certificates {
  tls::CertificateAuthority ca;
  std::shared_ptr<const tls::Leaf> leaf;

  static Result<Certificates> make() {
    const Time now = SystemClock().now();
    auto ca = tls::CertificateAuthority::create({}, now);
    if (!ca) return std::unexpected(std::move(ca).error());
    const auto minter = tls::LeafMinter::create(*ca);
    if (!minter) return std::unexpected(minter.error());
    auto leaf = (*minter)->mint({.host = kHost}, now);
    if (!leaf) return std::unexpected(std::move(leaf).error());
    return Certificates{*std::move(ca), *std::move(leaf)};
  }
};

struct SessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SessionPtr = std::unique_ptr<SSL_SESSION, SessionDeleter>;

/// Makes one end's SSL on a socket.
using Start = std::function<tls::SslPtr(int fd)>;

/// One end of a connection, and for how long it was at work.
struct End {
  Fd fd;
  tls::SslPtr ssl;
  double seconds = 0;
  bool done = false;

  void begin(const Start& start) {
    const double before = processor_time();
    ssl = start(fd.get());
    seconds += processor_time() - before;
  }

  void step() {
    const double before = processor_time();
    if (!done) done = SSL_do_handshake(ssl.get()) == 1;
    seconds += processor_time() - before;
  }

  /// Tickets come with what is read first.
  void read() {
    const double before = processor_time();
    char octet = 0;
    SSL_read(ssl.get(), &octet, 1);
    seconds += processor_time() - before;
  }
};

struct Connection {
  End client;
  End server;
  SessionPtr session = {};  ///< the client's
  bool resumed = false;
};

Result<Connection> meet(const Start& client, const Start& server) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return fail(Code::kIo, "socketpair");
  }
  Connection met{.client = {.fd = Fd(fds[0]), .ssl = {}}, .server = {.fd = Fd(fds[1]), .ssl = {}}};
  met.client.begin(client);
  met.server.begin(server);
  if (!met.client.ssl || !met.server.ssl) return fail(Code::kTls, "no SSL");
  for (int i = 0; i < 4 && !(met.client.done && met.server.done); ++i) {
    met.client.step();
    met.server.step();
  }
  if (!met.client.done || !met.server.done) return fail(Code::kTls, "the handshake failed");
  met.client.read();
  met.session.reset(SSL_get1_session(met.client.ssl.get()));
  met.resumed = SSL_session_reused(met.client.ssl.get()) == 1;
  return met;
}

void add(HandshakeCost& cost, const End& ours, const End& openssl, int count) {
  cost.ours += ours.seconds / count;
  cost.openssl += openssl.seconds / count;
}

Result<tls::SslCtxPtr> stock_client_context(const tls::CertificateAuthority& ca) {
  tls::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(Code::kTls, "no context");
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), const_cast<X509*>(ca.certificate()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

tls::SslPtr stock_client(SSL_CTX* context, int fd, SSL_SESSION* session) {
  tls::SslPtr ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), fd);
  SSL_set_tlsext_host_name(ssl.get(), kHost);
  SSL_set1_host(ssl.get(), kHost);
  SSL_set_connect_state(ssl.get());
  if (session != nullptr) SSL_set_session(ssl.get(), session);
  return ssl;
}

tls::SslPtr stock_server(SSL_CTX* context, int fd) {
  tls::SslPtr ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), fd);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

Result<tls::TrustStore> trust_only(const tls::CertificateAuthority& ca) {
  const auto pem = ca.certificate_pem();
  if (!pem) return std::unexpected(pem.error());
  std::array<char, 32> path{"/tmp/mitmkit-bench-XXXXXX"};
  const Fd file(::mkstemp(path.data()));
  MITM_TRY(write_file_atomically(path.data(), *pem, 0600, IfExists::kReplace));
  auto trust = tls::TrustStore::load({.extra = {path.data()}, .system = false});
  ::unlink(path.data());
  return trust;
}

}  // namespace

Result<Handshakes> accept(int count) {
  const auto certificates = Certificates::make();
  if (!certificates) return std::unexpected(certificates.error());
  const auto context = stock_client_context(certificates->ca);
  const auto leg = tls::ClientLeg::create({});
  if (!context || !leg) return fail(Code::kTls, "no context");
  const Start ours = [&](int fd) {
    return leg->start(fd, {}, *certificates->leaf, "").value_or(nullptr);
  };
  Handshakes costs;
  SessionPtr session;
  for (int i = 0; i < 2 * count; ++i) {
    // Sessions are used once, so every other connection makes one.
    const bool whole = i % 2 == 0;
    auto met = meet(
        [&](int fd) { return stock_client(context->get(), fd, whole ? nullptr : session.get()); },
        ours);
    if (!met) return std::unexpected(met.error());
    if (met->resumed == whole) return fail(Code::kTls, "resumed when it should not, or not");
    session = std::move(met->session);
    // OpenSSL drops the session of a connection that was not closed.
    SSL_set_shutdown(met->client.ssl.get(), SSL_SENT_SHUTDOWN);
    add(whole ? costs.first : costs.resumed, met->server, met->client, count);
  }
  return costs;
}

Result<Handshakes> connect(int count) {
  const auto certificates = Certificates::make();
  if (!certificates) return std::unexpected(certificates.error());
  const auto trust = trust_only(certificates->ca);
  if (!trust) return std::unexpected(trust.error());
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(Code::kTls, "no context");
  SSL_CTX_use_certificate(context.get(), certificates->leaf->certificate());
  SSL_CTX_use_PrivateKey(context.get(), certificates->leaf->key());
  const Start openssl = [&](int fd) { return stock_server(context.get(), fd); };
  const tls::ServerHandshake lone{.sni = kHost, .alpn = {}, .verify_name = kHost};
  tls::ServerHandshake kept = lone;
  kept.target = {kHost, 443};
  Handshakes costs;
  for (int i = 0; i < count; ++i) {
    const auto leg = tls::ServerLeg::create(*trust, {});
    if (!leg) return std::unexpected(leg.error());
    const std::array<std::pair<HandshakeCost*, const tls::ServerHandshake*>, 3> turns{
        {{&costs.first, &kept}, {&costs.again, &lone}, {&costs.resumed, &kept}}};
    for (const auto& [cost, handshake] : turns) {
      auto met =
          meet([&](int fd) { return leg->start(fd, *handshake).value_or(nullptr); }, openssl);
      if (!met) return std::unexpected(met.error());
      if (met->resumed != (cost == &costs.resumed)) {
        return fail(Code::kTls, "resumed when it should not, or not");
      }
      const double before = processor_time();
      tls::settle_session(met->client.ssl.get());
      met->client.seconds += processor_time() - before;
      add(*cost, met->client, met->server, count);
    }
  }
  return costs;
}

}  // namespace mitm::bench
