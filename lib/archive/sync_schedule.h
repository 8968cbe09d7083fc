#pragma once

#include <optional>

#include "lib/base/time.h"

namespace mitm::archive {

/// When what was written is made to survive a power loss, which a crash of ours alone never costs.
struct SyncOptions {
  bool at_close = true;
  std::optional<Duration> every;  ///< also when so much time has passed since; 0: at each flush
};

/// Knows when to sync. The clock may be set, back too: then the next sync is due at once.
class SyncSchedule {
 public:
  SyncSchedule(SyncOptions options, const Clock& clock)
      : options_(options), clock_(clock), synced_(clock.now()) {}

  void note_written() { unsynced_ = true; }
  void note_synced();
  [[nodiscard]] bool at_close() const { return options_.at_close; }
  [[nodiscard]] bool is_due() const;

 private:
  SyncOptions options_;
  const Clock& clock_;
  Time synced_;
  bool unsynced_ = false;
};

}  // namespace mitm::archive
