#pragma once

#include "lib/base/time.h"

namespace mitm::test {

/// Stands still until it is moved. One thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{}) : now_(start) {}
  [[nodiscard]] Time now() const override { return now_; }
  void advance(Duration duration) { now_ += duration; }

 private:
  Time now_;
};

}  // namespace mitm::test
