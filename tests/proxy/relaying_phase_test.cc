#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/proxy_fixture.h"
#include "tests/support/record_lines.h"

// Tunnels without TLS.

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::size_t kHuge = std::size_t{64} << 20;

/// A tunnel through a proxy to an origin, with both ends in hand.
struct Tunnel {
  Tunnel() : client(proxy.tunnel(origin.authority())), server(origin.accept()) {}

  Origin origin;
  ProxyFixture proxy;
  Peer client;
  Peer server;
};

TEST_CASE("an exchange through a tunnel arrives unchanged and is one flow") {
  Tunnel t;
  t.client.send(kGet);
  CHECK(t.server.read_head() == kGet);
  t.server.send(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.close();
  CHECK(t.server.read_to_end().empty());
  t.server.close();
  CHECK(t.proxy.only_flow() == Lines{"request GET http://a/", "client end 0", "response 200",
                                     "server body ok", "server end 2", "end http complete 27/40"});
}

TEST_CASE("one byte at a time from both sides gives the same records") {
  Tunnel t;
  t.client.send_bytewise(kGet);
  CHECK(t.server.read_head() == kGet);
  t.server.send_bytewise(kOk);
  CHECK(t.client.read_exactly(kOk.size()) == kOk);
  t.client.close();
  t.server.close();
  CHECK(t.proxy.only_flow().back() == "end http complete 27/40");
}

TEST_CASE("what neither side will ever read is not waited for") {
  Tunnel t;
  t.client.send("x");
  CHECK(t.server.read_exactly(1) == "x");
  const auto began = std::chrono::steady_clock::now();
  // The client's kernel answers what comes now with a reset.
  t.client.close();
  t.server.send("hello");
  t.server.reset();
  CHECK(t.proxy.wait_for_flows(1));
  t.proxy.drain(std::chrono::hours(1));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
}

TEST_CASE("bytes that no decoder knows are relayed and recorded") {
  Tunnel t;
  const std::string noise("\0\1\2\xff noise", 10);
  t.client.send(noise);
  CHECK(t.server.read_exactly(noise.size()) == noise);
  t.server.send(noise);
  CHECK(t.client.read_exactly(noise.size()) == noise);
  t.client.close();
  t.server.close();
  CHECK(t.proxy.only_flow() ==
        Lines{"client bytes " + noise, "server bytes " + noise, "end tcp complete 10/10"});
}

TEST_CASE("a client that has sent all may still receive") {
  Tunnel t;
  t.client.send("?question");
  t.client.shutdown_write();
  CHECK(t.server.read_to_end() == "?question");
  t.server.send("answer");
  t.server.close();
  CHECK(t.client.read_to_end() == "answer");
  CHECK(t.client.ending() == Ending::kClosed);
  CHECK(t.proxy.only_flow().back() == "end tcp complete 9/6");
}

TEST_CASE("a server that has sent all may still receive") {
  Tunnel t;
  t.server.send("220 greeting");
  t.server.shutdown_write();
  CHECK(t.client.read_to_end() == "220 greeting");
  t.client.send("thanks");
  t.client.close();
  CHECK(t.server.read_to_end() == "thanks");
  CHECK(t.server.ending() == Ending::kClosed);
  t.server.close();
  CHECK(t.proxy.only_flow().back() == "end tcp complete 6/12");
}

TEST_CASE("a server's reset in the middle of a body reaches the client as a reset") {
  Tunnel t;
  t.client.send(kGet);
  t.server.read_head();
  t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(t.client.read_until("half").ends_with("half"));
  t.server.reset();
  CHECK(t.client.read_to_end().empty());
  CHECK(t.client.ending() == Ending::kReset);
  CHECK(t.proxy.only_flow().back() == "end http incomplete error server-reset 27/42");
}

TEST_CASE("a client's reset reaches the server as a reset") {
  Tunnel t;
  t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(t.server.read_until("half").ends_with("half"));
  t.client.reset();
  t.server.drain();
  CHECK(t.server.ending() == Ending::kReset);
  CHECK(t.proxy.only_flow().back() == "end http incomplete error client-reset 51/0");
}

TEST_CASE("a client that goes away in the middle of its request leaves an incomplete flow") {
  Tunnel t;
  t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  t.client.close();
  CHECK(t.server.read_to_end().ends_with("half"));
  t.server.close();
  const auto lines = t.proxy.only_flow();
  CHECK(lines[2] == "client end 4 incomplete");
  CHECK(lines.back() == "end http incomplete error incomplete 51/0");
}

TEST_CASE("an early answer to an upload reaches the client, and the connection ends by itself") {
  Tunnel t;
  const std::string refusal =
      "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  std::thread upload([&] {
    t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n");
    t.client.send(std::string(kHuge, 'x'));
  });
  t.server.read_head();
  t.server.send(refusal);
  t.server.close();  // with unread bytes: a reset
  upload.join();
  CHECK(t.client.read_to_end() == refusal);
  t.client.close();
  CHECK(t.proxy.wait_for_flows(1));
  const auto lines = t.proxy.only_flow();
  CHECK(lines.back().starts_with("end http incomplete error"));
}

TEST_CASE("64 MiB go down and up at once, and all of it is recorded") {
  Tunnel t;
  std::size_t up = 0;
  std::thread server([&] {
    t.server.read_head();
    std::thread reader([&] { up = t.server.read_exactly(kHuge).size(); });
    t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
    t.server.send(std::string(kHuge, 'd'));
    reader.join();
  });
  t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n");
  std::thread writer([&] { t.client.send(std::string(kHuge, 'u')); });
  t.client.read_head();
  const auto down = t.client.read_exactly(kHuge).size();
  writer.join();
  server.join();
  CHECK(up == kHuge);
  CHECK(down == kHuge);
  t.client.close();
  t.server.close();
  const auto lines = t.proxy.only_flow();
  CHECK(std::ranges::count(lines, "client end 67108864") == 1);
  CHECK(std::ranges::count(lines, "server end 67108864") == 1);
  CHECK(lines.back().starts_with("end http complete"));
}

TEST_CASE("a client that does not read stops the server, and loses nothing") {
  Tunnel t;
  t.client.send(kGet);
  t.server.read_head();
  std::atomic<std::size_t> sent = 0;
  std::thread server([&] {
    t.server.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    for (; sent < kHuge && t.server.send(piece); sent += piece.size()) {
    }
  });
  std::size_t while_unread = 0;
  do {
    while_unread = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  } while (sent != while_unread);
  CHECK(while_unread < kHuge / 2);  // what the kernel's buffers hold, not more
  t.client.read_head();
  CHECK(t.client.read_exactly(kHuge).size() == kHuge);
  server.join();
  t.client.close();
  t.server.close();
  CHECK(t.proxy.only_flow().back().starts_with("end http complete"));
}

TEST_CASE("an upgrade through a tunnel goes on as bytes of its flow") {
  Tunnel t;
  t.client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  t.server.read_head();
  t.server.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhi");
  CHECK(t.client.read_until("\r\n\r\nhi").ends_with("hi"));
  t.client.send("bye");
  CHECK(t.server.read_exactly(3) == "bye");
  t.client.close();
  t.server.close();
  const auto lines = t.proxy.only_flow();
  CHECK(std::ranges::count(lines, "server bytes hi") == 1);
  CHECK(std::ranges::count(lines, "client bytes bye") == 1);
  CHECK(lines.back().starts_with("end http complete"));
}

TEST_CASE("a reset that is met while an upload waits is no proper end of half an answer") {
  Tunnel t;
  t.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n");
  t.server.read_head();
  std::thread upload([&] { t.client.send(std::string(kHuge, 'u')); });
  t.server.send("HTTP/1.1 200 OK\r\n\r\nhalf of what ends with the connection");
  CHECK(t.client.read_until("connection").ends_with("connection"));
  t.server.reset();
  t.client.drain();
  upload.join();
  CHECK(t.client.ending() == Ending::kReset);
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error server-reset"));
}

/// Sends until nothing more is taken for a while.
void fill(const Peer& peer) {
  const std::string piece(1 << 16, 'x');
  for (int idle = 0; idle < 20;) {
    if (::send(peer.fd(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
      idle = 0;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ++idle;
    }
  }
}

TEST_CASE("a connection whose both sides are gone ends, whatever still waits for them") {
  Tunnel t;
  fill(t.client);
  fill(t.server);
  t.client.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  t.server.reset();
  CHECK(t.proxy.wait_for_flows(1));
}

TEST_CASE("a client that is gone is noticed although its server takes and gives nothing any more") {
  Origin origin;
  ProxyFixture proxy({.settings = {.write_timeout = std::chrono::milliseconds(300)}});
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  fill(client);
  fill(server);
  client.reset();
  CHECK(proxy.wait_for_flows(1));
}

TEST_CASE("a server that goes on for ever to a client that is gone is read no more") {
  Origin origin;
  ProxyFixture proxy({.settings = {.write_timeout = std::chrono::seconds(2)}});
  Peer client = proxy.tunnel(origin.authority());
  Peer server = origin.accept();
  fill(client);
  fill(server);
  client.reset();
  std::size_t taken = 0;
  const std::string piece(1 << 16, 'x');
  while (server.send(piece)) taken += piece.size();
  CHECK(server.ending() == Ending::kReset);
  CHECK(taken < kHuge);
}

TEST_CASE("half a head that was relayed before a reset is recorded") {
  Tunnel t;
  t.client.send("GET /half HT");
  CHECK(t.server.read_exactly(12) == "GET /half HT");
  t.client.reset();
  t.server.drain();
  const auto lines = t.proxy.only_flow();
  CHECK(std::ranges::count(lines, "client bytes GET /half HT") == 1);
  CHECK(lines.back() == "end tcp incomplete error client-reset 12/0");
}

TEST_CASE("what could become a request is recorded soon, as bytes, when it does not") {
  Tunnel t;
  t.client.send("PING");
  CHECK(t.server.read_exactly(4) == "PING");
  bool recorded = false;
  for (int i = 0; i < 400 && !recorded; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (const auto& record : t.proxy.vault.peek())
      recorded |= std::holds_alternative<flow::RawBytes>(record.event);
  }
  CHECK(recorded);
}

}  // namespace
}  // namespace mitm::proxy
