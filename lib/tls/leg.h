#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/key_log.h"
#include "lib/tls/leaf.h"
#include "lib/tls/trust.h"
#include "lib/tls/version.h"

/// The two TLS connections of an interception. A leg is made once per process and may be used by
/// any thread; each connection's SSL belongs to one thread. An SSL writes to its socket with
/// write(2), so SIGPIPE must be ignored. It never closes the socket.
namespace mitm::tls {

class ChainCache;
class SessionCache;
class VerifiedChains;

struct ServerLegOptions {
  /// Certificates are checked all the same, but every outcome is accepted.
  bool insecure = false;
  VersionRange versions = {};
  std::shared_ptr<KeyLog> key_log = {};  ///< null: none
  bool keep_secrets = false;             ///< for session_facts()
};

/// What to ask of one server.
struct ServerHandshake {
  std::string sni;                ///< sent as it is; empty: none
  std::vector<std::string> alpn;  ///< offered in this order; empty: none
  std::string verify_name;        ///< host name or numeric address that the certificate must be for
  bool insecure = false;          ///< for this server, see ServerLegOptions
  /// Presented if the server asks, and its own certificate is accepted; null: none.
  std::shared_ptr<const Leaf> identity = {};
  /// Whom `fd` leads to. Sessions with it are resumed; with an empty host none is kept.
  flow::Target target = {};
};

/// Our connections to servers; we are the TLS client there. Resumes sessions of its own connections
/// where nothing that ServerHandshake says differs, but for `insecure`, for ten minutes after the
/// certificate was examined. settle_session() says what to do before an SSL is freed.
class ServerLeg {
 public:
  static Result<ServerLeg> create(const TrustStore& trust, const ServerLegOptions& options);

  /// An SSL in connect state on `fd`. The handshake does not fail because of the server's
  /// certificate: ask verify_outcome() when it is done.
  Result<SslPtr> start(int fd, const ServerHandshake& handshake) const;
  /// The same within another TLS connection, past its handshake.
  Result<SslPtr> start(SslPtr below, const ServerHandshake& handshake) const;

 private:
  Status prepare(ssl_st* ssl, const ServerHandshake& handshake) const;

  ServerLeg(SslCtxPtr context, const ServerLegOptions& options);

  std::shared_ptr<KeyLog> key_log_;
  bool keep_secrets_;
  SslCtxPtr context_;
  std::shared_ptr<ChainCache> chains_;
  std::shared_ptr<VerifiedChains> verified_;
  std::shared_ptr<SessionCache> sessions_;
  bool insecure_ = false;
};

struct ClientLegOptions {
  VersionRange versions = {};
  std::shared_ptr<KeyLog> key_log = {};  ///< null: none
  bool keep_secrets = false;             ///< for session_facts()
  /// For a certificate, any or none, for session_facts().
  bool ask_certificate = false;
};

/// Our connections to clients; we are the TLS server there. Gives out session tickets that any
/// connection of the same leg accepts.
class ClientLeg {
 public:
  static Result<ClientLeg> create(const ClientLegOptions& options);

  /// An SSL in accept state that reads `already_read` first and then from `fd`, and writes to `fd`.
  /// `alpn` is agreed on if the client offers it; else, and if empty, no protocol is.
  Result<SslPtr> start(int fd, Bytes already_read, const Leaf& leaf, std::string alpn) const;

 private:
  ClientLeg(SslCtxPtr context, const ClientLegOptions& options)
      : key_log_(options.key_log),
        keep_secrets_(options.keep_secrets),
        context_(std::move(context)) {}

  std::shared_ptr<KeyLog> key_log_;
  bool keep_secrets_;
  SslCtxPtr context_;
};

/// Whether the server that `ssl`, of a ServerLeg, is connected to asked for a certificate, which it
/// may insist on, and none was there for it.
bool lacks_identity(const ssl_st* ssl);

/// Whether there was one for it, and it was not presented, because the server's own is not
/// accepted: then verify_outcome() can be asked also where the handshake failed.
bool withheld_identity(const ssl_st* ssl);

}  // namespace mitm::tls
