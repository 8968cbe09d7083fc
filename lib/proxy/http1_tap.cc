#include <utility>

#include "lib/proxy/tap.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {
namespace {

class Http1Tap final : public Tap {
 public:
  Http1Tap(ConnectionJournal journal, RecordingOptions options, TapTarget target)
      : recording_(journal, options, std::move(target.scheme), std::move(target.authority)) {}

  void on_bytes(flow::Side sender, ByteView bytes) override {
    (sender == flow::Side::kClient ? requests_ : responses_).feed(bytes);
    sender == flow::Side::kClient ? pump_requests() : pump_responses();
  }

  void on_end(flow::Side sender, bool clean) override {
    (sender == flow::Side::kClient ? requests_ : responses_).feed_eof(clean);
    sender == flow::Side::kClient ? pump_requests() : pump_responses();
  }

  void close(const std::optional<flow::FlowError>& error) override {
    // Bytes held back for an answer that never came belong to the recording all the same.
    if (paused_) resume_requests(true);
    recording_.close(error);
  }

  [[nodiscard]] bool idle() const override { return recording_.idle(); }

 private:
  void pump_requests() {
    while (!paused_) {
      const wire::Event event = requests_.next();
      if (std::holds_alternative<wire::NeedData>(event)) return;
      if (std::holds_alternative<wire::Paused>(event)) {
        paused_ = true;
        return;
      }
      if (const auto* head = std::get_if<wire::RequestHead>(&event)) {
        responses_.expect({head->method, head->upgrade_asked});
        ++unanswered_;
        last_is_connect_ = head->method == "CONNECT";
      }
      recording_.on_request(event);
    }
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
    // Only the last request can have paused the decoder, so only its answer decides.
    if (paused_ && unanswered_ == 0) {
      resume_requests(status == 101 || (last_is_connect_ && status / 100 == 2));
    }
  }

  void resume_requests(bool switched) {
    requests_.resume(switched);
    paused_ = false;
    pump_requests();
  }

  wire::Http1Decoder requests_{wire::Role::kRequest};
  wire::Http1Decoder responses_{wire::Role::kResponse};
  Http1Recording recording_;
  std::size_t unanswered_ = 0;
  bool paused_ = false;
  bool last_is_connect_ = false;
};

}  // namespace

std::unique_ptr<Tap> make_http1_tap(ConnectionJournal journal, RecordingOptions options,
                                    TapTarget target) {
  return std::make_unique<Http1Tap>(journal, options, std::move(target));
}

}  // namespace mitm::proxy
