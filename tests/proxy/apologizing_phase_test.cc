#include <catch2/catch.hpp>

#include "tests/support/proxy_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Origin;
using test::Peer;
using test::ProxyFixture;

/// A client with TLS to a proxy that could not verify the server.
struct Apology {
  Apology()
      : proxy({.trust_origins = false}), client(proxy.tunnel(origin.authority())), server(Fd{}) {
    REQUIRE(proxy.handshakes(client, origin, server));
  }
  Origin origin;
  ProxyFixture proxy;
  Peer client;
  Peer server;
};

TEST_CASE("the apology has the form that the request asks for") {
  Apology t;
  SECTION("HTML") {
    t.client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n");
    CHECK(t.client.read_to_end().find("<!DOCTYPE html>") != std::string::npos);
  }
  SECTION("text") {
    t.client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(t.client.read_to_end().find("\r\n\r\nmitm-record: " + t.origin.authority()) !=
          std::string::npos);
  }
  SECTION("a head alone") {
    t.client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(t.client.read_to_end().ends_with("\r\n\r\n"));
  }
  SECTION("and waits for a request that comes one byte at a time") {
    t.client.send_bytewise("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(t.client.read_to_end().starts_with("HTTP/1.1 502 "));
  }
  CHECK(t.proxy.only_flow().back().starts_with("end http incomplete error tls-verify"));
}

TEST_CASE("a client that asks for nothing leaves a failed flow") {
  Apology t;
  t.client.shutdown_write();
  t.client.drain();
  CHECK(t.proxy.only_flow() == Lines{"end tls incomplete error tls-verify 0/0"});
}

TEST_CASE("a client that does not speak HTTP is closed") {
  Apology t;
  t.client.send("SSH-2.0-x\r\n\r\n");
  t.client.drain();
  CHECK(t.client.ending() != Ending::kOpen);
  CHECK(t.proxy.only_flow().back() == "end tls incomplete error tls-verify 0/0");
}

}  // namespace
}  // namespace mitm::proxy
