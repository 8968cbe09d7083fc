#include "lib/archive/sync_schedule.h"

namespace mitm::archive {

void SyncSchedule::note_synced() {
  synced_ = clock_.now();
  unsynced_ = false;
}

bool SyncSchedule::is_due() const {
  if (!unsynced_ || !options_.every) return false;
  const Duration age = elapsed(synced_, clock_.now());
  return age >= *options_.every || age < Duration::zero();
}

}  // namespace mitm::archive
