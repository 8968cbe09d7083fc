#include "lib/proxy/counters.h"

namespace mitm::proxy {

std::atomic<std::uint64_t>& Counters::counter(const flow::FlowEnd& end) {
  return end.passed ? passed_ : flow::failed_early(end) ? failed_ : recorded_;
}

void Counters::count(const flow::FlowEnd& end) {
  counter(end).fetch_add(1, std::memory_order_relaxed);
}

void Counters::lose(const flow::FlowEnd& end) {
  counter(end).fetch_sub(1, std::memory_order_relaxed);
  count_lost();
}

flow::Totals Counters::totals() const {
  flow::Totals totals;
  totals.recorded = recorded_.load(std::memory_order_relaxed);
  totals.filtered = filtered_.load(std::memory_order_relaxed);
  totals.passed = passed_.load(std::memory_order_relaxed);
  totals.failed = failed_.load(std::memory_order_relaxed);
  totals.lost = lost();
  totals.hurried_frames = hurried_frames_.load(std::memory_order_relaxed);
  // Summed, not counted apart, so that a snapshot between two increments adds up as well.
  totals.seen = totals.recorded + totals.filtered + totals.passed + totals.failed + totals.lost;
  return totals;
}

}  // namespace mitm::proxy
