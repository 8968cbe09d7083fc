#pragma once

#include <cstdint>

#include "lib/flow/recorder.h"

namespace mitm::record {

/// Where records end: an archive, lines on a terminal. Recorder thread only.
class RecordKeeper : public flow::RecordConsumer {
 public:
  /// Tries to go on after a failure, without loss of anything that was consumed: the record of the
  /// call that failed counts among that. Fails when it still cannot, or never can.
  virtual Status resume() = 0;
  /// How many of the records that were consumed without kLimit nothing can take away any more.
  [[nodiscard]] virtual std::uint64_t kept() const = 0;
  /// Frames that were compressed less than asked for.
  [[nodiscard]] virtual std::uint64_t hurried_frames() const { return 0; }
};

}  // namespace mitm::record
