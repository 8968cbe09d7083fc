#include "lib/proxy/tunnel_answer.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

char code(const std::string& kind) { return tunnel_refused(TunnelKind::kSocks5, {kind, "why"})[1]; }

TEST_CASE("CONNECT is answered in HTTP, with the reason") {
  CHECK(tunnel_made(TunnelKind::kConnect) == "HTTP/1.1 200 Connection established\r\n\r\n");
  const auto refused = tunnel_refused(TunnelKind::kConnect, {"dns", "no such name"});
  CHECK(refused.starts_with("HTTP/1.1 502 "));
  CHECK(refused.find("no such name") != Bytes::npos);
}

TEST_CASE("SOCKS5 has a code for each way to fail") {
  CHECK(tunnel_made(TunnelKind::kSocks5)[1] == 0);
  CHECK(code("loop") == 2);
  CHECK(code("dns") == 4);
  CHECK(code("connect-failed") == 4);
  CHECK(code("connect-refused") == 5);
  CHECK(code("connect-timeout") == 6);
  CHECK(code("aborted") == 1);
}

TEST_CASE("SOCKS4 has one") {
  CHECK(tunnel_made(TunnelKind::kSocks4)[1] == 0x5a);
  CHECK(tunnel_refused(TunnelKind::kSocks4, {"dns", "why"})[1] == 0x5b);
}

}  // namespace
}  // namespace mitm::proxy
