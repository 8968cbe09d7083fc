#pragma once

#include "lib/base/bytes.h"
#include "lib/proxy/journal.h"
#include "lib/wire/http1.h"

namespace mitm::bench {

/// One exchange as it is on the wire.
struct Exchange {
  Bytes request, response;
};

/// Number `number` of a fixed sequence: page loads with 1 KiB of text, and every fourth a POST
/// whose answer comes in chunks.
Exchange exchange(unsigned number);

/// Both directions of one connection, decoded the way the tap does it.
class Decoders {
 public:
  /// Hands every event to `on_request` or `on_response`.
  template <class OnRequest, class OnResponse>
  void decode(const Exchange& exchange, OnRequest on_request, OnResponse on_response) {
    request_.feed(exchange.request);
    for (auto event = request_.next(); !std::holds_alternative<wire::NeedData>(event);
         event = request_.next()) {
      if (const auto* head = std::get_if<wire::RequestHead>(&event)) {
        response_.expect({.method = head->method, .upgrade_asked = false});
      }
      on_request(event);
    }
    response_.feed(exchange.response);
    for (auto event = response_.next(); !std::holds_alternative<wire::NeedData>(event);
         event = response_.next()) {
      on_response(event);
    }
  }

 private:
  wire::Http1Decoder request_{wire::Role::kRequest};
  wire::Http1Decoder response_{wire::Role::kResponse};
};

/// Hands records to whoever wants them. Its time goes on by a millisecond with each flow.
class CollectingJournal final : public proxy::Journal {
 public:
  void write(flow::Record record) override { records.push_back(std::move(record)); }
  flow::FlowId next_flow() override { return ++flow_; }
  [[nodiscard]] Time now() const override {
    return Time(std::chrono::seconds(1'700'000'000)) + std::chrono::milliseconds(flow_);
  }

  std::vector<flow::Record> records;

 private:
  flow::FlowId flow_ = 0;
};

}  // namespace mitm::bench
