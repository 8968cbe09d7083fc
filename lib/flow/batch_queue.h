#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/flow/record.h"

namespace mitm::flow {

/// Roughly what a record occupies in memory, in octets.
std::size_t approximate_size(const Record& record);

struct Batch {
  std::vector<Record> records;
  std::size_t bytes = 0;
  double fullness = 0;  ///< of the queue when the batch was popped, itself included; 1: high mark
  std::chrono::steady_clock::time_point submitted;
};

/// The bounded queue between producers (any thread) and the recorder's thread. The bound is advice
/// to the producers: push() accepts always and tells them when to pause. A batch counts until it is
/// released, so that the one being written is part of the bound.
class BatchQueue {
 public:
  enum class Wake : std::uint8_t { kRecords, kQuiet, kClosed };

  explicit BatchQueue(std::size_t high_mark) : high_mark_(high_mark) {}

  /// False when the queue is now above the high mark.
  bool push(std::vector<Record>&& records);
  /// Gathers for `interval`, or less when the queue gets half full or is closed. Without
  /// `until_quiet` it first waits for a batch, however long that takes or for `patience`; with it
  /// an interval without one is kQuiet. kClosed: closed and empty.
  Wake wait(std::chrono::milliseconds interval, bool until_quiet,
            std::optional<std::chrono::milliseconds> patience = std::nullopt);
  /// The oldest batch, or nullopt when there is none.
  std::optional<Batch> pop();
  /// `batch` is done with. True when the queue thereby falls to the low mark after it was above the
  /// high one.
  bool release(const Batch& batch);
  [[nodiscard]] bool is_full() const;
  /// No push may follow.
  void close();
  /// Closes and forgets what is queued.
  void abandon();

 private:
  const std::size_t high_mark_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Batch> batches_;
  std::size_t bytes_ = 0;
  bool full_ = false;
  bool closed_ = false;
};

}  // namespace mitm::flow
