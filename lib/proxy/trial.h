#pragma once

#include <chrono>
#include <optional>

#include "lib/flow/record.h"
#include "lib/proxy/pin_memory.h"

namespace mitm::proxy {

/// A client whose TLS handshake just ended, until somebody says something: some programs look at
/// our certificate only then. Loop thread only.
class Trial {
 public:
  /// `pins` must outlive it.
  Trial(PinMemory& pins, TlsClient client) : pins_(pins), client_(std::move(client)) {}

  /// The first word. From the client it means that it trusts us.
  void on_word(flow::Side sender);
  void on_end(flow::Side sender);
  /// The connection is over, with `error` or well: what is to be recorded if the client left
  /// without a word, and soon. Then it is doubted as well.
  [[nodiscard]] std::optional<flow::FlowError> judge(const std::optional<flow::FlowError>& error);

  [[nodiscard]] bool is_over() const { return is_over_; }
  /// Whether the handshake ended only now.
  [[nodiscard]] bool is_young() const;

 private:
  PinMemory& pins_;
  TlsClient client_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool is_over_ = false;  ///< somebody said something, or the server ended
  bool left_ = false;     ///< the client did, first and soon
};

}  // namespace mitm::proxy
