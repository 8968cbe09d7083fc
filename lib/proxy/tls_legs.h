#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/record.h"
#include "lib/net/stream.h"
#include "lib/proxy/interception.h"
#include "lib/proxy/session.h"
#include "lib/proxy/tap.h"
#include "lib/proxy/whereabouts.h"
#include "lib/tls/leaf.h"

namespace mitm::proxy {

/// The steps of opening a client's TLS with a server, in whatever order they are taken. Belongs to
/// the phase that `session` is in, whose streams it replaces. Loop thread only.
class TlsLegs {
 public:
  TlsLegs(Session& session, net::StreamHandler& phase, Whereabouts where, OpenTls decision,
          TlsClient client)
      : session_(session),
        phase_(phase),
        where_(std::move(where)),
        decision_(std::move(decision)),
        client_(std::move(client)) {}

  /// On the session's connection to the server.
  Status begin_server(std::vector<std::string> alpn);
  /// On the session's connection to the client, which has no output that waits.
  Status begin_client(const tls::Leaf& leaf, std::string alpn);
  /// To be recorded; after on_handshake().
  flow::TlsFacts finish_server();
  flow::TlsFacts finish_client();
  /// The server's, with whom TLS is there; null: it is not.
  [[nodiscard]] std::shared_ptr<const flow::CertificateChain> server_chain() const;
  /// What the client is to see where the server has `original`, which may be null.
  Result<std::shared_ptr<const tls::Leaf>> leaf_for(
      std::shared_ptr<const flow::CertificateChain> original) const;

  /// The server asks for a certificate, which its client may have and we do not, or takes only
  /// protocols that we cannot decode: what to say of a connection that is therefore passed through.
  [[nodiscard]] std::optional<flow::Anomaly> reason_to_pass(const net::Stream& server,
                                                            std::optional<int> alert) const;

  [[nodiscard]] const OpenTls& decision() const { return decision_; }
  [[nodiscard]] const TlsClient& client() const { return client_; }
  [[nodiscard]] flow::Target target() const { return {where_.host, where_.port}; }
  /// The server's, as the client knows it.
  [[nodiscard]] const std::string& name() const {
    return where_.sni.empty() ? where_.host : where_.sni;
  }

  /// After the server's handshake: why its certificate is not trusted; nullopt: it is, or that does
  /// not matter.
  [[nodiscard]] std::optional<flow::FlowError> objection_to_server() const;
  /// The server's handshake failed for that reason. What is wrong with its certificate says more.
  [[nodiscard]] static flow::FlowError server_failure(const net::Stream& server,
                                                      std::string_view reason);
  /// The client has seen our certificate and does not go on. Alerts about something else, and what
  /// we object to, are no sign that it would accept another one.
  void note_client_failure(const net::StreamError& error) const;

  /// Where both legs stand.
  [[nodiscard]] std::unique_ptr<Phase> relay() const;
  /// Where only the client's does.
  [[nodiscard]] std::unique_ptr<Phase> apologize(const flow::FlowError& error) const;

 private:
  [[nodiscard]] bool is_reverse() const {
    return session_.arrival().entrance.mode == flow::Mode::kReverse;
  }
  [[nodiscard]] std::shared_ptr<const tls::Leaf> own_identity() const;
  [[nodiscard]] std::vector<std::string> names_besides() const;

  Session& session_;
  net::StreamHandler& phase_;
  Whereabouts where_;
  OpenTls decision_;
  TlsClient client_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace mitm::proxy
