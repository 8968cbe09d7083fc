#include "lib/proxy/tap.h"

#include <algorithm>
#include <utility>

#include "lib/proxy/interception.h"
#include "lib/wire/target.h"

namespace mitm::proxy {
namespace {

/// A new flow, and what is odd about it.
flow::FlowId begin_flow(const ConnectionJournal& journal, const std::vector<flow::Anomaly>& odd) {
  const auto flow = journal.next_flow();
  for (const auto& anomaly : odd) journal.write(flow, anomaly);
  return flow;
}

class RawTap final : public Tap {
 public:
  RawTap(ConnectionJournal journal, RecordingOptions options, const std::vector<flow::Anomaly>& odd)
      : journal_(journal), options_(options), flow_(begin_flow(journal, odd)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    count_[static_cast<std::size_t>(sender)] += bytes.size();
    auto& room = room_[static_cast<std::size_t>(sender)];
    bytes = bytes.substr(0, std::min<std::uint64_t>(room, bytes.size()));
    room -= bytes.size();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), flow::kMaxChunk))) {
      journal_.write(
          flow_, flow::RawBytes{.sender = sender, .data = Bytes(bytes.substr(0, flow::kMaxChunk))});
    }
  }

  void on_end(flow::Side, bool clean) override { cut_ |= !clean; }

  void close(const std::optional<flow::FlowError>& error) override {
    for (const auto side : {flow::Side::kClient, flow::Side::kServer}) {
      const auto i = static_cast<std::size_t>(side);
      write_snapped(journal_, flow_, side, count_[i] - (options_.snap_length - room_[i]));
    }
    journal_.write(flow_, flow::FlowEnd{.kind = flow::Kind::kTcp,
                                        .complete = !error && !cut_,
                                        .passed = false,
                                        .error = error,
                                        .bytes_from_client = count_[0],
                                        .bytes_to_client = count_[1]});
  }

  [[nodiscard]] bool idle() const override { return false; }
  [[nodiscard]] bool between_messages(flow::Side) const override { return false; }

 private:
  ConnectionJournal journal_;
  RecordingOptions options_;
  flow::FlowId flow_;
  std::uint64_t count_[2] = {};
  std::uint64_t room_[2] = {options_.snap_length, options_.snap_length};
  bool cut_ = false;
};

class PassingTap final : public Tap {
 public:
  PassingTap(ConnectionJournal journal, flow::Kind kind, const std::vector<flow::Anomaly>& odd)
      : journal_(journal), kind_(kind), flow_(begin_flow(journal, odd)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    count_[static_cast<std::size_t>(sender)] += bytes.size();
  }
  void on_end(flow::Side, bool) override {}
  void close(const std::optional<flow::FlowError>& error) override {
    journal_.write(flow_, flow::FlowEnd{.kind = kind_,
                                        .complete = !error,
                                        .passed = true,
                                        .error = error,
                                        .bytes_from_client = count_[0],
                                        .bytes_to_client = count_[1]});
  }
  [[nodiscard]] bool idle() const override { return false; }
  [[nodiscard]] bool between_messages(flow::Side) const override { return false; }

 private:
  ConnectionJournal journal_;
  flow::Kind kind_;
  flow::FlowId flow_;
  std::uint64_t count_[2] = {};
};

/// Holds the client's first bytes until they say what they are, at most some blank lines and a
/// method's length.
class SniffingTap final : public Tap {
 public:
  SniffingTap(ConnectionJournal journal, RecordingOptions options, TapTarget target)
      : journal_(journal), options_(options), target_(std::move(target)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    if (!chosen_ && sender == flow::Side::kServer) choose(false);
    if (!chosen_) {
      held_ += bytes;
      const auto guess = guess_http1(held_);
      if (guess == Guess::kNeedMore) return;
      return choose(guess == Guess::kYes);
    }
    chosen_->on_bytes(sender, bytes);
  }

  [[nodiscard]] bool undecided() const override { return !held_.empty(); }
  void decide() override {
    if (undecided()) choose(false);
  }

  void on_end(flow::Side sender, bool clean) override {
    if (!chosen_ && held_.empty()) return;
    if (!chosen_) choose(false);
    chosen_->on_end(sender, clean);
  }

  void close(const std::optional<flow::FlowError>& error) override {
    if (!chosen_ && held_.empty()) return close_unused(error);
    if (!chosen_) choose(false);
    chosen_->close(error);
  }

  [[nodiscard]] bool idle() const override { return chosen_ ? chosen_->idle() : held_.empty(); }
  [[nodiscard]] bool awaits_answer() const override { return chosen_ && chosen_->awaits_answer(); }
  [[nodiscard]] bool between_messages(flow::Side sender) const override {
    return chosen_ && chosen_->between_messages(sender);
  }

 private:
  /// Nobody said anything: no flow, unless it ended badly.
  void close_unused(const std::optional<flow::FlowError>& error) {
    if (!error) return;
    journal_.write_failed_flow(flow::Kind::kTcp, *error);
  }

  void choose(bool http1) {
    chosen_ =
        http1 ? make_http1_tap(journal_, options_, target_) : make_raw_tap(journal_, options_);
    const Bytes held = std::exchange(held_, {});
    if (!held.empty()) chosen_->on_bytes(flow::Side::kClient, held);
  }

  ConnectionJournal journal_;
  RecordingOptions options_;
  TapTarget target_;
  std::unique_ptr<Tap> chosen_;
  Bytes held_;
};

}  // namespace

TapTarget tap_target(std::string scheme, const flow::Target& target) {
  auto authority = wire::format_authority({target.host, target.port}, wire::default_port(scheme));
  return {std::move(scheme), std::move(authority)};
}

std::unique_ptr<Tap> make_raw_tap(ConnectionJournal journal, RecordingOptions options,
                                  const std::vector<flow::Anomaly>& odd) {
  return std::make_unique<RawTap>(journal, options, odd);
}

std::unique_ptr<Tap> make_passing_tap(ConnectionJournal journal, flow::Kind kind,
                                      const std::vector<flow::Anomaly>& odd) {
  return std::make_unique<PassingTap>(journal, kind, odd);
}

std::unique_ptr<Tap> make_sniffing_tap(ConnectionJournal journal, RecordingOptions options,
                                       TapTarget target) {
  return std::make_unique<SniffingTap>(journal, options, std::move(target));
}

}  // namespace mitm::proxy
