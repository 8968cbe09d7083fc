#include "lib/proxy/trial_tap.h"

#include <chrono>
#include <utility>

namespace mitm::proxy {
namespace {

/// Connections that are made in advance, as browsers do, are kept for longer.
constexpr std::chrono::seconds kTrial{1};

class TrialTap final : public Tap {
 public:
  TrialTap(std::unique_ptr<Tap> inner, ConnectionJournal journal, PinMemory& pins, TlsClient client)
      : inner_(std::move(inner)), journal_(journal), pins_(pins), client_(std::move(client)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    if (!std::exchange(is_over_, true) && sender == flow::Side::kClient) pins_.trust(client_);
    inner_->on_bytes(sender, bytes);
  }
  [[nodiscard]] bool undecided() const override { return inner_->undecided(); }
  void decide() override { inner_->decide(); }

  void on_end(flow::Side sender, bool clean) override {
    if (sender == flow::Side::kClient) {
      left_ |= !is_over_ && std::chrono::steady_clock::now() - began_ < kTrial;
    } else {
      is_over_ = true;
    }
    inner_->on_end(sender, clean);
  }

  void close(const std::optional<flow::FlowError>& error) override {
    const bool was_reset = !is_over_ && error && error->kind == "client-reset";
    if (!left_ && !was_reset) return inner_->close(error);
    inner_->close(std::nullopt);
    if (left_ || std::chrono::steady_clock::now() - began_ < kTrial)
      pins_.note(client_, PinMemory::Sign::kDoubt);
    journal_.write_failed_flow(
        flow::Kind::kTls,
        {"tls-client",
         "the client broke off right after the TLS handshake: it may not trust the mitmkit CA"});
  }

  [[nodiscard]] bool idle() const override { return inner_->idle(); }
  [[nodiscard]] bool awaits_answer() const override { return inner_->awaits_answer(); }
  [[nodiscard]] bool between_messages(flow::Side sender) const override {
    return inner_->between_messages(sender);
  }

 private:
  std::unique_ptr<Tap> inner_;
  ConnectionJournal journal_;
  PinMemory& pins_;
  TlsClient client_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool is_over_ = false;  ///< somebody said something, or the server ended
  bool left_ = false;     ///< the client did, first and soon
};

}  // namespace

std::unique_ptr<Tap> make_trial_tap(std::unique_ptr<Tap> inner, ConnectionJournal journal,
                                    PinMemory& pins, TlsClient client) {
  return std::make_unique<TrialTap>(std::move(inner), journal, pins, std::move(client));
}

}  // namespace mitm::proxy
