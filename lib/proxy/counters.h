#pragma once

#include <atomic>
#include <cstdint>

#include "lib/flow/record.h"

namespace mitm::proxy {

/// What a whole run has seen, and the numbers it gives to connections and flows. Any thread.
class Counters {
 public:
  /// A flow was recorded.
  void count(const flow::FlowEnd& end);
  /// A flow was left out on purpose.
  void count_filtered() { filtered_.fetch_add(1, std::memory_order_relaxed); }
  /// A flow should have been recorded and could not be, or not all of it.
  void count_lost() { lost_.fetch_add(1, std::memory_order_relaxed); }
  /// A client was not let in.
  void count_turned_away() { turned_away_.fetch_add(1, std::memory_order_relaxed); }
  /// A flow that was counted as recorded is lost after all.
  void lose(const flow::FlowEnd& end);
  /// So many frames were compressed less than was asked for.
  void set_hurried_frames(std::uint64_t frames) {
    hurried_frames_.store(frames, std::memory_order_relaxed);
  }

  [[nodiscard]] flow::Totals totals() const;
  [[nodiscard]] std::uint64_t recorded() const { return recorded_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t turned_away() const {
    return turned_away_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  [[nodiscard]] flow::ConnectionId next_connection() {
    return connections_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  [[nodiscard]] bool any_connection() const {
    return connections_.load(std::memory_order_relaxed) > 0;
  }
  [[nodiscard]] flow::FlowId next_flow() {
    return flows_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

 private:
  std::atomic<std::uint64_t>& counter(const flow::FlowEnd& end);

  std::atomic<std::uint64_t> connections_{0}, flows_{0};
  std::atomic<std::uint64_t> recorded_{0}, filtered_{0}, passed_{0}, failed_{0}, lost_{0};
  std::atomic<std::uint64_t> hurried_frames_{0}, turned_away_{0};
};

}  // namespace mitm::proxy
