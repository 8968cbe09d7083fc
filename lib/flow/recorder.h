#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/batch_queue.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// What becomes of the records: an archive, lines on a terminal. Called on the recorder's thread
/// only, in the order in which batches were submitted. After its first error a consumer is not
/// called again.
class RecordConsumer {
 public:
  virtual ~RecordConsumer() = default;
  virtual Status consume(const Record& record) = 0;
  /// A good moment to let out what is buffered: nothing new came, or the oldest record has waited
  /// long enough.
  virtual Status idle() = 0;
  /// How full the queue is of which the next records come, 1 being its high mark.
  virtual void set_backlog([[maybe_unused]] double fullness) {}
  /// After the last record; no other call follows.
  virtual Status finish(const Totals& totals) = 0;
};

struct RecorderOptions {
  std::size_t high_mark =
      16 * 1024 * 1024;  ///< approximate octets queued; the low mark is half of it
  std::chrono::milliseconds wake_interval{50};  ///< how long records gather before the thread looks
  std::chrono::milliseconds flush_interval{200};  ///< no record waits longer for an idle() call
  bool tick = false;  ///< idle() is also called when nothing has come for a flush interval
};

/// Both are called on the recorder's thread, which they must not hold up.
struct RecorderCallbacks {
  std::function<void()> on_drained;  ///< below the low mark again: whoever paused may go on
  std::function<void(const Error&)> on_error;  ///< a consumer failed; once for each
};

/// The thread between those who produce records and those who consume them. It wakes by time or
/// fullness, never per batch, because a wake-up costs more than the records of a request.
class Recorder {
 public:
  Recorder(std::vector<std::unique_ptr<RecordConsumer>> consumers, RecorderCallbacks callbacks,
           RecorderOptions options = {});
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  /// Without stop() before it, abandons what is queued and finishes nobody.
  ~Recorder();

  /// Never blocks and never drops. False: accepted, but the queue is above its high mark now, so
  /// the caller must pause what produces records until on_drained. Any thread, but not after stop()
  /// was called.
  bool submit(std::vector<Record>&& batch);

  /// Whether the queue is above its high mark and has not fallen below the low one since. Any
  /// thread. For a producer that looks before it resumes, so that no on_drained slips through
  /// between.
  [[nodiscard]] bool is_full() const { return queue_.is_full(); }

  /// Hands out what is queued, finishes the consumers and joins the thread. The first error of any
  /// of them.
  Status stop(const Totals& totals);

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot {
    std::unique_ptr<RecordConsumer> consumer;
    bool failed = false;
  };

  void run();
  void hand_out(const Batch& batch);
  void let_out();
  /// Calls `call` on each consumer that has not failed yet.
  template <class Call>
  void for_each_consumer(Call call);

  RecorderOptions options_;
  RecorderCallbacks callbacks_;
  std::vector<Slot> consumers_;
  BatchQueue queue_;
  std::optional<Clock::time_point> oldest_unflushed_;
  std::optional<Totals> totals_;  // set by stop(), before it closes the queue
  Status first_error_;
  std::thread thread_;
};

}  // namespace mitm::flow
