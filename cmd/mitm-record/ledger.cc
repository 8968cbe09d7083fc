#include "cmd/mitm-record/ledger.h"

#include <algorithm>

#include "lib/flow/batch_queue.h"

namespace mitm::record {

Ledger::Ledger(std::unique_ptr<RecordKeeper> inner, proxy::Counters& counters, LedgerEvents events,
               LedgerOptions options)
    : inner_(std::move(inner)),
      counters_(counters),
      events_(std::move(events)),
      options_(options) {}

void Ledger::declare_enough() {
  declared_enough_ = true;
  events_.on_enough();
}

Status Ledger::consume(const flow::Record& record) {
  const auto* end = std::get_if<flow::FlowEnd>(&record.event);
  if (options_.leave_out_the_rest && is_left_out(record)) {
    if (end != nullptr) counters_.count_filtered();
    return {};
  }
  latest_ = record.time;
  resume_when_due();
  const bool written = write(record);
  if (end == nullptr) return {};
  if (written && !gap_.forget_damaged(record.flow)) {
    count(*end);
  } else {
    counters_.count_lost();
  }
  return {};
}

/// Whether `record` belongs to what began when there was enough already. A flow is recorded whole
/// or not at all.
bool Ledger::is_left_out(const flow::Record& record) {
  const bool enough =
      declared_enough_ || (options_.count && counters_.recorded() >= *options_.count);
  auto& known = record.flow != 0 ? flows_ : connections_;
  const std::uint64_t id = record.flow != 0 ? record.flow : record.connection;
  if (!enough) known.insert(id);
  const bool left_out = id != 0 && !known.contains(id);
  const bool over = std::holds_alternative<flow::FlowEnd>(record.event) ||
                    std::holds_alternative<flow::ConnectionClosed>(record.event);
  if (over) known.erase(id);
  return left_out;
}

/// False when the record had to be left out.
bool Ledger::write(const flow::Record& record) {
  if (failure_) {
    gap_.leave_out(record);
    return false;
  }
  if (!inner_) return true;
  const Status status = inner_->consume(record);
  if (!status && status.error().code == Code::kLimit) {
    write_gap(record, status.error());
  } else {
    note_consumed(record);
    settle(status);
  }
  gap_.note_written(record);
  return true;
}

void Ledger::write_gap(const flow::Record& record, const Error& refusal) {
  const flow::CaptureGap gap{
      .reason = refusal.message, .records = 1, .bytes = flow::approximate_size(record)};
  const Status status =
      inner_->consume({record.time, record.connection, record.flow, record.source, gap});
  note_consumed(record);
  settle(status);
}

void Ledger::note_consumed(const flow::Record& record) {
  ++consumed_;
  unkept_.push_back({.connection = record.connection,
                     .flow = record.flow,
                     .bytes = flow::approximate_size(record)});
}

std::vector<flow::Record> Ledger::lose(const std::string& path, std::uint64_t lost) {
  forget_kept();
  const std::uint64_t last = inner_->kept() + lost;
  for (; !uncertain_.empty() && uncertain_.front().number <= last; uncertain_.pop_front())
    counters_.lose(uncertain_.front().end);
  const auto end = unkept_.begin() + static_cast<std::ptrdiff_t>(std::min(lost, unkept_.size()));
  const std::vector<Gap::Written> records(unkept_.begin(), end);
  unkept_.erase(unkept_.begin(), end);
  const std::string reason = path + " was truncated while it was written";
  std::vector<flow::Record> gap = gap_.lose(records, reason);
  if (lost > 0) {
    lost_any_ = true;
    if (!first_failure_) first_failure_ = Error{.code = Code::kIo, .message = reason};
  }
  events_.on_truncated(path, std::get<flow::CaptureGap>(gap.front().event));
  return gap;
}

void Ledger::count(const flow::FlowEnd& end) {
  counters_.count(end);
  if (inner_) uncertain_.push_back({consumed_, end});
  const bool counts = !end.passed && !flow::failed_early(end);
  if (options_.count && counts && counters_.recorded() == *options_.count) events_.on_enough();
}

Status Ledger::idle() {
  if (!inner_ || failure_) return {};
  settle(inner_->idle());
  if (!failure_ && reopen_asked_.exchange(false)) reopen();
  forget_kept();
  counters_.set_hurried_frames(inner_->hurried_frames());
  return {};
}

void Ledger::reopen() {
  const auto reopened = inner_->reopen();
  // Where the old file fails as well, that is what is to be told.
  settle(inner_->idle());
  if (!failure_) events_.on_reopened(reopened);
}

void Ledger::set_backlog(double fullness) {
  if (inner_) inner_->set_backlog(fullness);
}

Status Ledger::finish(const flow::Totals&) {
  if (!inner_) return {};
  if (failure_) resume();
  counters_.set_hurried_frames(inner_->hurried_frames());
  if (!failure_) settle(inner_->finish(counters_.totals()));
  if (failure_) {
    lost_any_ = true;
    forget_kept();
    for (const Recorded& recorded : uncertain_) counters_.lose(recorded.end);
  }
  if (lost_any_) return std::unexpected(*first_failure_);
  return {};
}

void Ledger::settle(const Status& status) {
  if (status || failure_) return;
  failure_ = status.error();
  if (!first_failure_) first_failure_ = failure_;
  last_try_ = Clock::now();
  events_.on_error(*failure_);
}

void Ledger::resume_when_due() {
  if (!failure_ || options_.disk_full != DiskFull::kPass) return;
  if (Clock::now() - last_try_ >= options_.retry_interval) resume();
}

void Ledger::resume() {
  last_try_ = Clock::now();
  if (!inner_->resume()) return;
  const std::string reason = std::exchange(failure_, std::nullopt)->message;
  const flow::CaptureGap total = gap_.total(reason);
  if (!gap_.empty()) {
    lost_any_ = true;
    for (const flow::Record& record : gap_.close(latest_, reason)) write(record);
  }
  if (!failure_) events_.on_resumed(total);
}

void Ledger::forget_kept() {
  const std::uint64_t kept = inner_->kept();
  while (!uncertain_.empty() && uncertain_.front().number <= kept) uncertain_.pop_front();
  while (!unkept_.empty() && consumed_ - unkept_.size() < kept) unkept_.pop_front();
}

}  // namespace mitm::record
