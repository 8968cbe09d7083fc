#include <fmt/format.h>

#include <utility>

#include "lib/proxy/tap.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {
namespace {

class Http1Tap final : public Tap {
 public:
  Http1Tap(ConnectionJournal journal, RecordingOptions options, TapTarget target)
      : requests_(wire::Role::kRequest, {.max_head = options.max_head}),
        responses_(wire::Role::kResponse, {.max_head = options.max_head}),
        recording_(journal, options, std::move(target.scheme), std::move(target.authority)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    (sender == flow::Side::kClient ? requests_ : responses_).feed(bytes);
    sender == flow::Side::kClient ? pump_requests() : pump_responses();
  }

  void on_end(flow::Side sender, bool clean) override {
    // What its server does after that, follows from it.
    if (!clean && sender == flow::Side::kClient && !server_ended_)
      recording_.expect_close(
          flow::FlowError{"client-reset", "the client closed the connection without a proper end"});
    server_ended_ |= sender == flow::Side::kServer;
    end(sender, clean);
  }

  void close(const std::optional<flow::FlowError>& error) override {
    // Bytes held back for an answer that never came belong to the recording all the same, and so
    // does half a head or trailer section.
    if (error) recording_.expect_close(error);
    switched_ = true;
    pump_requests();
    if (requests_.in_section()) end(flow::Side::kClient, false);
    if (responses_.in_section()) end(flow::Side::kServer, false);
    recording_.close(error);
  }

  [[nodiscard]] bool idle() const override {
    return recording_.idle() && !requests_.in_head() && !responses_.in_head();
  }
  [[nodiscard]] bool awaits_answer() const override { return recording_.awaits_answer(); }
  [[nodiscard]] bool between_messages(flow::Side sender) const override {
    return (sender == flow::Side::kClient ? requests_ : responses_).between_messages();
  }

 private:
  void end(flow::Side sender, bool clean) {
    (sender == flow::Side::kClient ? requests_ : responses_).feed_eof(clean);
    sender == flow::Side::kClient ? pump_requests() : pump_responses();
  }

  void pump_requests() {
    // Also while paused: the decoder keeps its input only once it was asked about it.
    while (true) {
      const wire::Event event = requests_.next();
      if (std::holds_alternative<wire::NeedData>(event)) return;
      if (std::holds_alternative<wire::Paused>(event)) {
        // The answer may have come before the request's end.
        if (!switched_) return;
        requests_.resume(*std::exchange(switched_, std::nullopt));
        continue;
      }
      if (const auto* head = std::get_if<wire::RequestHead>(&event)) {
        responses_.expect({head->method, head->upgrade_asked});
        ++unanswered_;
        last_is_connect_ = head->method == "CONNECT";
        last_may_switch_ = last_is_connect_ || head->upgrade_asked;
        switched_.reset();
      }
      recording_.on_request(event);
      if (unanswered_ > wire::Http1Limits{}.max_outstanding) give_up();
    }
  }

  /// A client that asks without end and is never answered must not cost memory without end.
  void give_up() {
    unanswered_ = 0;
    for (auto* decoder : {&requests_, &responses_}) {
      decoder->give_up(fmt::format("more than {} requests wait for a response",
                                   wire::Http1Limits{}.max_outstanding));
    }
    pump_responses();
  }

  void pump_responses() {
    while (true) {
      const wire::Event event = responses_.next();
      if (std::holds_alternative<wire::NeedData>(event) ||
          std::holds_alternative<wire::Paused>(event))
        return;
      const auto* head = std::get_if<wire::ResponseHead>(&event);
      recording_.on_response(event);
      if (head != nullptr && !head->is_interim()) on_final_response(head->status);
    }
  }

  void on_final_response(std::uint16_t status) {
    if (unanswered_ > 0) --unanswered_;
    // Only the last request can pause the decoder, so only its answer decides.
    if (unanswered_ > 0 || !last_may_switch_) return;
    switched_ = status == 101 || (last_is_connect_ && status / 100 == 2);
    pump_requests();
  }

  wire::Http1Decoder requests_, responses_;
  Http1Recording recording_;
  std::size_t unanswered_ = 0;
  std::optional<bool>
      switched_;  ///< the verdict on the last request, until the decoder asks for it
  bool last_is_connect_ = false;
  bool last_may_switch_ = false;
  bool server_ended_ = false;
};

}  // namespace

std::unique_ptr<Tap> make_http1_tap(ConnectionJournal journal, RecordingOptions options,
                                    TapTarget target) {
  return std::make_unique<Http1Tap>(journal, options, std::move(target));
}

}  // namespace mitm::proxy
