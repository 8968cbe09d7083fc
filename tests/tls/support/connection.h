#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "lib/base/fd.h"
#include "lib/tls/handles.h"
#include "lib/tls/leg.h"

namespace mitm::test {

/// Two connected sockets that do not block.
struct SocketPair {
  SocketPair();

  Fd client;
  Fd server;
};

/// Whether one end's handshake succeeded, and what OpenSSL said if not.
struct HandshakeEnd {
  bool done = false;
  bool failed = false;
  std::vector<unsigned long> codes = {};
};

struct HandshakeResult {
  HandshakeEnd client;
  HandshakeEnd server;

  [[nodiscard]] bool ok() const { return client.done && server.done; }
};

/// Drives both ends until both are done or one failed and the other has seen it.
HandshakeResult shake_hands(SSL* client, SSL* server);

/// Writes to `from`, reads at `to` what arrives.
std::string send_across(SSL* from, SSL* to, const std::string& text);

/// A plain OpenSSL client on `fd`, not one of our legs; trusts `ca_certificate`, or nothing if
/// null.
tls::SslPtr stock_client(int fd, const X509* ca_certificate, const std::string& host);

/// Both legs, joined by a socket pair, with the server side playing a server that presents `leaf`.
struct LegPair {
  SocketPair sockets;
  tls::SslPtr client;
  tls::SslPtr server;
  HandshakeResult result;
};
LegPair connect_legs(const tls::ServerLeg& connecting, const tls::ServerHandshake& handshake,
                     const tls::ClientLeg& accepting, const tls::Leaf& leaf, std::string alpn = {});

}  // namespace mitm::test
