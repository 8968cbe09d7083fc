#include "cmd/mitm-record/ledger.h"

#include <utility>

#include "lib/flow/batch_queue.h"

namespace mitm::record {

Ledger::Ledger(std::unique_ptr<flow::RecordConsumer> inner, proxy::Counters& counters,
               LedgerEvents events, std::optional<std::uint64_t> count, bool leave_out_the_rest)
    : inner_(std::move(inner)),
      counters_(counters),
      events_(std::move(events)),
      count_(count),
      leave_out_the_rest_(leave_out_the_rest) {}

void Ledger::declare_enough() {
  declared_enough_ = true;
  events_.on_enough();
}

Status Ledger::consume(const flow::Record& record) {
  const auto* end = std::get_if<flow::FlowEnd>(&record.event);
  if (leave_out_the_rest_ && is_left_out(record)) {
    if (end != nullptr) counters_.count_filtered();
    return {};
  }
  if (!failure_) write(record);
  if (end == nullptr) return {};
  if (failure_) {
    counters_.count_lost();
    return {};
  }
  counters_.count(*end);
  if (count_ && counters_.recorded() == *count_ && !end->passed && !flow::failed_early(*end)) {
    events_.on_enough();
  }
  return {};
}

/// Whether `record` belongs to what began when there was enough already. A flow is recorded whole
/// or not at all.
bool Ledger::is_left_out(const flow::Record& record) {
  const bool enough = declared_enough_ || (count_ && counters_.recorded() >= *count_);
  auto& known = record.flow != 0 ? flows_ : connections_;
  const std::uint64_t id = record.flow != 0 ? record.flow : record.connection;
  if (!enough) known.insert(id);
  const bool left_out = id != 0 && !known.contains(id);
  const bool over = std::holds_alternative<flow::FlowEnd>(record.event) ||
                    std::holds_alternative<flow::ConnectionClosed>(record.event);
  if (over) known.erase(id);
  return left_out;
}

void Ledger::write(const flow::Record& record) {
  if (!inner_) return;
  Status status = inner_->consume(record);
  if (!status && status.error().code == Code::kLimit) {
    flow::Record gap = {record.time, record.connection, record.flow, record.source,
                        flow::CaptureGap{.reason = status.error().message,
                                         .records = 1,
                                         .bytes = flow::approximate_size(record)}};
    status = inner_->consume(gap);
  }
  settle(std::move(status));
}

Status Ledger::idle() {
  if (inner_ && !failure_) settle(inner_->idle());
  return {};
}

Status Ledger::finish(const flow::Totals&) {
  if (inner_ && !failure_) settle(inner_->finish(counters_.totals()));
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void Ledger::settle(Status status) {
  if (status || failure_) return;
  failure_ = std::move(status).error();
  events_.on_error(*failure_);
}

}  // namespace mitm::record
