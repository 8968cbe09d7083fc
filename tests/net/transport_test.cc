#include "lib/net/transport.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "lib/net/buffer.h"
#include "tests/net/support/stream_end.h"

// The ends of connections are tested through streams.

namespace mitm::net {
namespace {

using test::Peer;
using Then = Attempt::Then;

EvbufferPtr buffer_of(std::initializer_list<std::string> pieces) {
  EvbufferPtr buffer(evbuffer_new());
  for (const auto& piece : pieces) {
    const EvbufferPtr chain(evbuffer_new());
    append(chain.get(), piece);
    evbuffer_add_buffer(buffer.get(), chain.get());
  }
  return buffer;
}

/// A transport and the peer at its other end, past the handshake.
struct Ends {
  explicit Ends(bool tls) {
    test::TcpPair pair;
    peer.emplace(std::move(pair.theirs));
    fd = std::move(pair.ours);
    if (!tls) {
      transport = make_tcp_transport(fd.get());
      return;
    }
    auto ssl = test::legs().accepting.start(fd.get(), {}, test::legs().leaf, {}).value();
    transport = make_tls_transport(std::move(ssl), TlsRole::kAccepting);
    bool shaken = false;
    std::thread client(
        [&] { shaken = peer->start_tls(test::legs().connecting, {"localhost", {}, "localhost"}); });
    Attempt attempt{.then = Then::kWantsRead, .error = {}};
    while (attempt.then == Then::kWantsRead) attempt = transport->shake_hands();
    client.join();
    REQUIRE(shaken);
    REQUIRE(attempt.then == Then::kGoOn);
  }

  Fd fd;
  std::unique_ptr<Transport> transport;
  std::optional<Peer> peer;
};

/// Reads until something has come.
Attempt read_soon(Transport& transport, std::span<char> into) {
  Attempt attempt{.then = Then::kWantsRead, .error = {}};
  while (attempt.then == Then::kWantsRead && attempt.octets == 0) attempt = transport.read(into);
  return attempt;
}

TEST_CASE("a transport writes all pieces of a buffer and takes them out") {
  Ends t(GENERATE(false, true));
  const std::string large(100'000, 'l');
  const auto output = buffer_of({"head ", "and ", large, " tail"});
  const auto all = std::string("head and ") + large + " tail";
  std::string got;
  std::thread reader([&] { got = t.peer->read_exactly(all.size()); });
  std::size_t written = 0;
  while (evbuffer_get_length(output.get()) > 0) {
    const auto attempt = t.transport->write(output.get());
    REQUIRE((attempt.then == Then::kGoOn || attempt.then == Then::kWantsWrite));
    written += attempt.octets;
  }
  reader.join();
  CHECK(written == all.size());
  CHECK(got == all);
}

TEST_CASE("small pieces go into one TLS record, large ones into full ones") {
  Ends t(true);
  const auto output = buffer_of({"one ", "two ", "three"});
  REQUIRE(t.transport->write(output.get()).octets == 13);
  char record[100];
  ::fcntl(t.peer->fd(), F_SETFL, 0);
  auto* ssl = const_cast<ssl_st*>(t.peer->ssl());
  CHECK(SSL_read(ssl, record, sizeof record) == 13);
  const auto large = buffer_of({std::string(20'000, 'l')});
  REQUIRE(t.transport->write(large.get()).octets == 20'000);
  std::string content(30'000, '\0');
  CHECK(SSL_read(ssl, content.data(), static_cast<int>(content.size())) == 16 * 1024);
}

TEST_CASE("a transport reads what has come and does not wait") {
  Ends t(GENERATE(false, true));
  char into[100];
  CHECK(t.transport->read(into).then == Then::kWantsRead);
  t.peer->send("ping");
  CHECK(std::string_view(into, read_soon(*t.transport, into).octets) == "ping");
}

TEST_CASE("a transport that cannot write says who is to blame") {
  Ends t(false);
  ::shutdown(t.fd.get(), SHUT_WR);
  const auto output = buffer_of({"x"});
  const auto attempt = t.transport->write(output.get());
  CHECK(attempt.then == Then::kFailed);
  CHECK(attempt.socket_failed);
  CHECK(attempt.error->error.message == "Broken pipe");
  Ends secure(true);
  ::send(secure.peer->fd(), "no record", 9, 0);
  char into[100];
  const auto garbled = read_soon(*secure.transport, into);
  CHECK(garbled.then == Then::kFailed);
  CHECK_FALSE(garbled.socket_failed);
}

TEST_CASE("a transport tells a proper end of TLS from a cut, and says its own") {
  Ends t(true);
  char into[100];
  const bool proper = GENERATE(false, true);
  proper ? t.peer->shutdown_write() : t.peer->shutdown_tcp_write();
  CHECK(read_soon(*t.transport, into).then == (proper ? Then::kEnd : Then::kCut));
  CHECK(t.transport->end() == tls::CloseNotify::kSent);
  ::shutdown(t.fd.get(), SHUT_WR);
  t.peer->read_to_end();
  CHECK(t.peer->ending() == test::Ending::kClosed);
}

}  // namespace
}  // namespace mitm::net
