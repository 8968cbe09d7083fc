#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "lib/net/buffer.h"
#include "lib/net/stream.h"
#include "tests/net/support/stream_end.h"
#include "tests/tls/support/connection.h"

namespace mitm::net {
namespace {

using namespace std::chrono_literals;
using test::Ending;
using test::Peer;
using test::run_for;
using test::run_until;
using test::StreamEnd;

constexpr std::size_t kMuch = std::size_t{8} << 20;

/// A stream that accepted TLS and the client at its other end, both past the handshake.
struct Secure {
  Secure() : loop(test::make_loop()), end(*loop) {
    test::TcpPair pair;
    peer.emplace(std::move(pair.theirs));
    end.open_tls_server(std::move(pair.ours));
    bool shaken = false;
    std::thread client(
        [&] { shaken = peer->start_tls(test::legs().connecting, {"localhost", {}, "localhost"}); });
    const bool heard = end.wait_for('h');
    client.join();
    REQUIRE(shaken);
    REQUIRE(heard);
  }
  Stream& stream() { return *end.stream; }

  std::unique_ptr<Loop> loop;
  StreamEnd end;
  std::optional<Peer> peer;
};

TEST_CASE("both roles of a TLS stream understand each other") {
  const auto loop = test::make_loop();
  test::TcpPair pair;
  StreamEnd server(*loop);
  StreamEnd client(*loop);
  server.open_tls_server(std::move(pair.ours));
  client.open_tls_client(std::move(pair.theirs));
  REQUIRE(client.wait_for('h'));
  client.put("ping");
  REQUIRE(server.wait_for_bytes(4));
  server.put("pong");
  REQUIRE(client.wait_for_bytes(4));
  CHECK(client.stream->ssl() != nullptr);
  client.stream->finish(true);
  REQUIRE(server.wait_for('e'));
  CHECK(server.clean == true);
}

TEST_CASE("a TLS stream that is paused during its handshake finishes it all the same") {
  const auto loop = test::make_loop();
  test::TcpPair pair;
  Peer peer(std::move(pair.theirs));
  StreamEnd end(*loop);
  end.open_tls_server(std::move(pair.ours));
  end.stream->pause(Pause::kRecorder);
  bool shaken = false;
  std::thread client([&] {
    shaken = peer.start_tls(test::legs().connecting, {"localhost", {}, "localhost"});
    peer.send("early");
  });
  SECTION("while it is paused") { CHECK(end.wait_for('h')); }
  SECTION("and also when it is resumed meanwhile") {
    run_for(*loop, 20ms);
    end.stream->resume(Pause::kRecorder);
    end.stream->pause(Pause::kRecorder);
    CHECK(end.wait_for('h'));
  }
  client.join();
  CHECK(shaken);
  run_for(*loop, 30ms);
  CHECK(end.got.empty());
  end.stream->resume(Pause::kRecorder);
  CHECK(end.wait_for_bytes(5));
}

TEST_CASE("a paused TLS stream keeps everything for later, its end included") {
  Secure t;
  t.stream().pause(Pause::kPeer);
  std::thread writer([&] {
    t.peer->send(std::string(kMuch, 'x'));
    t.peer->shutdown_write();
  });
  run_for(*t.loop, 30ms);
  CHECK(t.end.got.empty());
  for (int i = 0; i < 5; ++i) {
    t.stream().resume(Pause::kPeer);
    run_for(*t.loop, 2ms);
    t.stream().pause(Pause::kPeer);
    run_for(*t.loop, 2ms);
  }
  t.stream().resume(Pause::kPeer);
  CHECK(t.end.wait_for('e'));
  writer.join();
  CHECK(t.end.got.size() == kMuch);
  CHECK(t.end.clean == true);
}

TEST_CASE("what OpenSSL has read ahead is not waited for") {
  Secure t;
  // Ends of records around the end of what is read at once.
  for (const std::size_t size : {65'535U, 65'536U, 65'537U, 65'600U, 81'919U, 81'921U}) {
    t.end.got.clear();
    std::thread writer([&] { t.peer->send(std::string(size, 'x') + "y"); });
    CHECK(t.end.wait_for_bytes(size + 1));
    writer.join();
  }
  t.end.inside = [&] { t.stream().pause(Pause::kPeer); };
  std::thread writer([&] { t.peer->send(std::string(200'000, 'x')); });
  t.end.got.clear();
  REQUIRE(run_until(*t.loop, [&] { return !t.end.got.empty(); }));
  run_for(*t.loop, 50ms);
  CHECK(t.end.got.size() < 200'000);
  t.stream().resume(Pause::kPeer);
  CHECK(t.end.wait_for_bytes(200'000));
  writer.join();
}

TEST_CASE("8 MiB of output are delivered after the peer's close_notify") {
  Secure t;
  t.end.put(std::string(kMuch, 'x'));
  t.peer->shutdown_write();
  REQUIRE(t.end.wait_for('e'));
  CHECK(t.end.clean == true);
  t.stream().finish(true);
  std::size_t received = 0;
  std::thread reader([&] { received = t.peer->drain(); });
  CHECK(run_until(*t.loop, [&] { return t.stream().finished(); }));
  reader.join();
  CHECK(received == kMuch);
  CHECK(t.peer->ending() == Ending::kClosed);
}

TEST_CASE("output that comes after the peer's close_notify is delivered too") {
  Secure t;
  t.peer->shutdown_write();
  REQUIRE(t.end.wait_for('e'));
  run_for(*t.loop, 20ms);
  t.end.put("late");
  t.stream().finish(true);
  REQUIRE(run_until(*t.loop, [&] { return t.stream().finished(); }));
  CHECK(t.peer->read_to_end() == "late");
  CHECK(t.peer->ending() == Ending::kClosed);
}

TEST_CASE("our half-close lets a TLS peer go on sending") {
  Secure t;
  t.stream().finish(true);
  CHECK(t.stream().finished());
  CHECK(t.peer->read_to_end().empty());
  CHECK(t.peer->ending() == Ending::kClosed);
  t.peer->send("still here");
  REQUIRE(t.end.wait_for_bytes(10));
}

TEST_CASE("a close_notify that has to wait is announced when it has gone") {
  Secure t;
  const std::string filler(4096, 'x');
  while (::send(SSL_get_fd(t.stream().ssl()), filler.data(), filler.size(), 0) > 0) {
  }
  t.end.log.clear();
  t.stream().finish(true);
  run_for(*t.loop, 20ms);
  CHECK_FALSE(t.stream().finished());
  CHECK(t.end.log.empty());
  std::string drained(1 << 16, '\0');
  ::shutdown(t.peer->fd(), SHUT_WR);
  std::thread reader([&] {
    while (::recv(t.peer->fd(), drained.data(), drained.size(), 0) > 0) {
    }
  });
  CHECK(t.end.wait_for('l'));
  CHECK(t.stream().finished());
  reader.join();
}

/// A stream that connected with TLS 1.2 to a server that now wants to renegotiate.
struct Renegotiating {
  Renegotiating() : loop(test::make_loop()), end(*loop) {
    end.open_tls_client(std::move(sockets.ours));
    server = test::legs().accepting.start(sockets.theirs.get(), {}, test::legs().leaf, {}).value();
    SSL_set_max_proto_version(server.get(), TLS1_2_VERSION);
    SSL_clear_options(server.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_set_options(server.get(), SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_set_accept_state(server.get());
    ::fcntl(sockets.theirs.get(), F_SETFL, 0);
    const timeval patience{30, 0};
    ::setsockopt(sockets.theirs.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::thread accepting([&] { SSL_do_handshake(server.get()); });
    REQUIRE(end.wait_for('h'));
    accepting.join();
    REQUIRE(SSL_renegotiate(server.get()) == 1);
    REQUIRE(SSL_do_handshake(server.get()) == 1);
    run_for(*loop, 20ms);
  }

  test::TcpPair sockets;
  std::unique_ptr<Loop> loop;
  StreamEnd end;
  tls::SslPtr server;
};

TEST_CASE("output that waits for a renegotiation is written although reading is paused") {
  Renegotiating t;
  t.end.stream->pause(Pause::kPeer);
  t.end.put("abc");
  char buffer[8];
  int got = 0;
  std::atomic<bool> done = false;
  std::thread reading([&] {
    got = SSL_read(t.server.get(), buffer, sizeof buffer);
    done = true;
  });
  CHECK(run_until(*t.loop, [&] { return done.load(); }));
  CHECK(evbuffer_get_length(t.end.stream->output()) == 0);
  t.end.stream->resume(Pause::kPeer);
  run_until(*t.loop, [&] { return done.load(); });
  reading.join();
  CHECK(std::string_view(buffer, got > 0 ? got : 0) == "abc");
  CHECK(SSL_num_renegotiations(t.server.get()) == 1);
}

TEST_CASE("a peer that goes away after its end is an error") {
  Secure t;
  const bool proper = GENERATE(false, true);
  proper ? t.peer->shutdown_write() : t.peer->shutdown_tcp_write();
  REQUIRE(t.end.wait_for('e'));
  CHECK(t.end.clean == proper);
  t.peer->reset();
  for (int i = 0; i < 100 && !t.end.heard('x'); ++i) {
    t.end.put("more");
    run_for(*t.loop, 5ms);
  }
  REQUIRE(t.end.heard('x'));
  CHECK_FALSE(t.end.error->error.message.empty());
}

TEST_CASE("finish(false) ends without close_notify, so that the peer can tell") {
  Secure t;
  t.end.put("cut sh");
  t.stream().finish(false);
  REQUIRE(run_until(*t.loop, [&] { return t.stream().finished(); }));
  CHECK(t.peer->read_to_end() == "cut sh");
  CHECK(t.peer->ending() == Ending::kTruncatedTls);
}

TEST_CASE("a peer that ends without close_notify has not ended clean") {
  Secure t;
  t.peer->send("cut sh");
  t.peer->shutdown_tcp_write();
  REQUIRE(t.end.wait_for('e'));
  CHECK(t.end.got == "cut sh");
  CHECK(t.end.clean == false);
  CHECK(t.stream().ended_clean() == false);
  t.end.put("answer");
  t.stream().finish(true);
  REQUIRE(run_until(*t.loop, [&] { return t.stream().finished(); }));
  CHECK(t.peer->read_to_end() == "answer");
  CHECK(t.peer->ending() == Ending::kClosed);
}

TEST_CASE("an aborted TLS stream resets") {
  Secure t;
  t.stream().abort();
  t.end.stream.reset();
  run_for(*t.loop, 5ms);
  t.peer->drain();
  CHECK(t.peer->ending() == Ending::kReset);
}

TEST_CASE("a session outlives a connection that was cut") {
  const auto loop = test::make_loop();
  // With TLS 1.2 there is one session, known from the handshake on.
  const auto accepting =
      tls::ClientLeg::create({.versions = {.max = tls::Version::kTls12}}).value();
  const tls::ServerHandshake handshake{
      .sni = "localhost", .alpn = {}, .verify_name = "localhost", .target = {"localhost", 443}};
  const auto connect = [&] {
    test::TcpPair pair;
    StreamEnd end(*loop);
    auto ssl = test::legs().connecting.start(pair.ours.get(), handshake).value();
    end.stream =
        make_tls_stream(*loop, std::move(pair.ours), std::move(ssl), TlsRole::kConnecting, end);
    Peer peer(std::move(pair.theirs));
    std::thread server([&] { peer.accept_tls(accepting, test::legs().leaf); });
    const bool heard = end.wait_for('h');
    server.join();
    REQUIRE(heard);
    end.stream->abort();
    return SSL_session_reused(end.stream->ssl()) == 1;
  };
  CHECK_FALSE(connect());
  CHECK(connect());
}

TEST_CASE("garbage instead of a handshake is an error") {
  const auto loop = test::make_loop();
  test::TcpPair pair;
  Peer peer(std::move(pair.theirs));
  StreamEnd end(*loop);
  end.open_tls_server(std::move(pair.ours));
  peer.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(end.wait_for('x'));
  end.stream->pause(Pause::kRecorder);
  end.stream->resume(Pause::kRecorder);
  end.put("x");
  run_for(*loop, 20ms);
  CHECK(end.log == "x");
}

TEST_CASE("a peer that goes away during the handshake is heard of once") {
  const auto loop = test::make_loop();
  test::TcpPair pair;
  Peer peer(std::move(pair.theirs));
  StreamEnd end(*loop);
  end.open_tls_server(std::move(pair.ours));
  peer.close();
  REQUIRE(run_until(*loop, [&] { return !end.log.empty(); }));
  run_for(*loop, 20ms);
  CHECK(end.log.size() == 1);
}

TEST_CASE("a client that refuses the certificate is known by its alert") {
  const auto loop = test::make_loop();
  test::TcpPair pair;
  StreamEnd server(*loop);
  server.open_tls_server(std::move(pair.ours));
  Peer peer(std::move(pair.theirs));
  bool shaken = true;
  std::thread client(
      [&] { shaken = peer.shake_hands(test::stock_client(peer.fd(), nullptr, "localhost")); });
  const bool heard = server.wait_for('x');
  client.join();
  REQUIRE(heard);
  CHECK_FALSE(shaken);
  REQUIRE(server.error->alert.has_value());
  CHECK(*server.error->alert == 48);  // unknown_ca
}

TEST_CASE("a TLS stream may be retired inside each of its callbacks") {
  Secure t;
  t.end.log.clear();
  t.end.inside = [&] {
    t.stream().silence();
    t.loop->retire(std::move(t.end.stream));
  };
  const int what = GENERATE(0, 1, 2, 3);
  if (what == 0) t.peer->send("x");
  if (what == 1) t.peer->shutdown_write();
  if (what == 2) t.peer->shutdown_tcp_write();
  if (what == 3) t.peer->reset();
  REQUIRE(run_until(*t.loop, [&] { return !t.end.stream; }));
  run_for(*t.loop, 10ms);
  CHECK(t.end.log.size() == 1);
}

}  // namespace
}  // namespace mitm::net
