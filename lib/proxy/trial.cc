#include "lib/proxy/trial.h"

#include <utility>

namespace mitm::proxy {
namespace {

/// Connections that are made in advance, as browsers do, are kept for longer.
constexpr std::chrono::seconds kTrial{1};

}  // namespace

bool Trial::is_young() const { return std::chrono::steady_clock::now() - began_ < kTrial; }

void Trial::on_word(flow::Side sender) {
  if (!std::exchange(is_over_, true) && sender == flow::Side::kClient) pins_.trust(client_);
}

void Trial::on_end(flow::Side sender) {
  if (sender == flow::Side::kClient) {
    left_ |= !is_over_ && is_young();
  } else {
    is_over_ = true;
  }
}

std::optional<flow::FlowError> Trial::judge(const std::optional<flow::FlowError>& error) {
  const bool was_reset = !is_over_ && error && error->kind == "client-reset";
  if (!left_ && !was_reset) return std::nullopt;
  if (left_ || is_young()) pins_.note(client_, PinMemory::Sign::kDoubt);
  return flow::FlowError{
      "tls-client",
      "the client broke off right after the TLS handshake: it may not trust the mitmkit CA"};
}

}  // namespace mitm::proxy
