#pragma once

#include <optional>

#include "lib/flow/record.h"
#include "lib/proxy/session.h"
#include "lib/proxy/trial.h"

namespace mitm::proxy {

/// A gateway's client whose TLS handshake just ended, until its first request. Loop thread only.
class Newcomer {
 public:
  /// `unreachable`: why there is no `server`, if it was asked for. `session` must outlive it.
  Newcomer(const Session& session, flow::Target server, TlsClient client,
           std::optional<flow::FlowError> unreachable);

  void on_word() { trial_.on_word(flow::Side::kClient); }
  void on_end() { trial_.on_end(flow::Side::kClient); }
  /// For the first request, if it comes soon: why it cannot have the server. Later, and for others,
  /// the server is to be asked anew.
  [[nodiscard]] std::optional<flow::FlowError> take_failure();
  /// Nobody was told yet that there is no server.
  [[nodiscard]] bool holds_failure() const { return unreachable_.has_value(); }
  /// The connection is over. One that wanted nothing but TLS is recorded, where that means
  /// something.
  void close(const std::optional<flow::FlowError>& error);

 private:
  const Session& session_;
  const flow::Target server_;
  Trial trial_;
  std::optional<flow::FlowError> unreachable_;
};

}  // namespace mitm::proxy
