#include "lib/proxy/trial_tap.h"

#include <utility>

#include "lib/proxy/trial.h"

namespace mitm::proxy {
namespace {

class TrialTap final : public Tap {
 public:
  TrialTap(std::unique_ptr<Tap> inner, ConnectionJournal journal, PinMemory& pins, TlsClient client)
      : inner_(std::move(inner)), journal_(journal), trial_(pins, std::move(client)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    trial_.on_word(sender);
    inner_->on_bytes(sender, bytes);
  }
  [[nodiscard]] bool undecided() const override { return inner_->undecided(); }
  void decide() override { inner_->decide(); }

  void on_end(flow::Side sender, bool clean) override {
    trial_.on_end(sender);
    inner_->on_end(sender, clean);
  }

  void close(const std::optional<flow::FlowError>& error) override {
    const auto failure = trial_.judge(error);
    inner_->close(failure ? std::nullopt : error);
    if (failure) journal_.write_failed_flow(flow::Kind::kTls, *failure);
  }

  [[nodiscard]] bool idle() const override { return inner_->idle(); }
  [[nodiscard]] bool awaits_answer() const override { return inner_->awaits_answer(); }
  [[nodiscard]] bool between_messages(flow::Side sender) const override {
    return inner_->between_messages(sender);
  }

 private:
  std::unique_ptr<Tap> inner_;
  ConnectionJournal journal_;
  Trial trial_;
};

}  // namespace

std::unique_ptr<Tap> make_trial_tap(std::unique_ptr<Tap> inner, ConnectionJournal journal,
                                    PinMemory& pins, TlsClient client) {
  return std::make_unique<TrialTap>(std::move(inner), journal, pins, std::move(client));
}

}  // namespace mitm::proxy
