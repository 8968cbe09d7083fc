#include "lib/proxy/counters.h"

namespace mitm::proxy {

void Counters::count(const flow::FlowEnd& end) {
  auto& counter = end.passed ? passed_ : flow::failed_early(end) ? failed_ : recorded_;
  counter.fetch_add(1, std::memory_order_relaxed);
}

flow::Totals Counters::totals() const {
  flow::Totals totals;
  totals.recorded = recorded_.load(std::memory_order_relaxed);
  totals.filtered = filtered_.load(std::memory_order_relaxed);
  totals.passed = passed_.load(std::memory_order_relaxed);
  totals.failed = failed_.load(std::memory_order_relaxed);
  // Summed, not counted apart, so that a snapshot between two increments adds up as well.
  totals.seen = totals.recorded + totals.filtered + totals.passed + totals.failed + lost();
  return totals;
}

}  // namespace mitm::proxy
