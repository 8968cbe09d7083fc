#include "lib/flow/recorder.h"

#include <utility>

namespace mitm::flow {

Recorder::Recorder(std::vector<std::unique_ptr<RecordConsumer>> consumers,
                   RecorderCallbacks callbacks, RecorderOptions options)
    : options_(options), callbacks_(std::move(callbacks)), queue_(options.high_mark) {
  for (auto& consumer : consumers) consumers_.push_back({std::move(consumer)});
  thread_ = std::thread([this] { run(); });
}

Recorder::~Recorder() {
  if (!thread_.joinable()) return;
  queue_.abandon();
  thread_.join();
}

bool Recorder::submit(std::vector<Record>&& batch) { return queue_.push(std::move(batch)); }

Status Recorder::stop(const Totals& totals) {
  totals_ = totals;
  queue_.close();
  thread_.join();
  return first_error_;
}

void Recorder::run() {
  while (true) {
    const auto patience = options_.tick ? std::optional(options_.flush_interval) : std::nullopt;
    const auto wake = queue_.wait(options_.wake_interval, oldest_unflushed_.has_value(), patience);
    if (wake == BatchQueue::Wake::kClosed) break;
    if (wake == BatchQueue::Wake::kQuiet) let_out();
    while (auto batch = queue_.pop()) {
      hand_out(*batch);
      if (queue_.release(*batch) && callbacks_.on_drained) callbacks_.on_drained();
    }
  }
  if (!totals_) return;
  for_each_consumer([&](RecordConsumer& consumer) { return consumer.finish(*totals_); });
}

void Recorder::hand_out(const Batch& batch) {
  if (!oldest_unflushed_) oldest_unflushed_ = batch.submitted;
  for (Slot& slot : consumers_) slot.consumer->set_backlog(batch.fullness);
  for (const Record& record : batch.records) {
    for_each_consumer([&](RecordConsumer& consumer) { return consumer.consume(record); });
  }
  // The next look is a wake interval away, which may be too late.
  if (Clock::now() + options_.wake_interval >= *oldest_unflushed_ + options_.flush_interval)
    let_out();
}

void Recorder::let_out() {
  if (!oldest_unflushed_ && !options_.tick) return;
  oldest_unflushed_.reset();
  for_each_consumer([](RecordConsumer& consumer) { return consumer.idle(); });
}

template <class Call>
void Recorder::for_each_consumer(Call call) {
  for (Slot& slot : consumers_) {
    if (slot.failed) continue;
    Status status = call(*slot.consumer);
    if (status) continue;
    slot.failed = true;
    if (callbacks_.on_error) callbacks_.on_error(status.error());
    if (first_error_) first_error_ = std::move(status);
  }
}

}  // namespace mitm::flow
