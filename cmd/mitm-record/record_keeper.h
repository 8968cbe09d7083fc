#pragma once

#include <cstdint>
#include <string>

#include "lib/flow/recorder.h"

namespace mitm::record {

/// Where records end: an archive, lines on a terminal. Recorder thread only.
class RecordKeeper : public flow::RecordConsumer {
 public:
  /// Tries to go on after a failure, without loss of anything that was consumed: the record of the
  /// call that failed counts among that. Fails when it still cannot, or never can.
  virtual Status resume() = 0;
  /// Goes on in another file, whose path is returned; when that fails, in the old one.
  /// kUnsupported where there is none that could be opened again.
  virtual Result<std::string> reopen() {
    return fail(Code::kUnsupported, "flows are printed, not written to a file");
  }
  /// How many of the records that were consumed without kLimit nothing can take away any more.
  [[nodiscard]] virtual std::uint64_t kept() const = 0;
  /// Frames that were compressed less than asked for.
  [[nodiscard]] virtual std::uint64_t hurried_frames() const { return 0; }
};

}  // namespace mitm::record
