#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// What a look at every octet of an archive has found.
struct CheckReport {
  std::uint64_t frames = 0;   ///< data frames that are whole
  std::uint64_t records = 0;  ///< but for checkpoints and certificate chains
  std::uint64_t flows = 0;    ///< that ended
  std::uint64_t unfinished = 0;
  std::uint64_t archives = 0;   ///< more than one in a joined or merged file
  std::uint64_t summaries = 0;  ///< frames
  std::uint64_t gaps = 0;  ///< places of which the recording itself says that it lacks something
  Ending ending;
  /// What is wrong with the summaries, and which flows ended in what is lost; "…" after many.
  std::vector<std::string> faults;

  [[nodiscard]] bool clean() const { return ending.lossless() && faults.empty(); }
};

/// Verifies every frame, checksum and message, and compares each summary and seek table with what
/// the records say. Memory as for reading, and for one directory. Fails as Reader does.
Result<CheckReport> check(std::unique_ptr<ByteSource> source, const std::string& name);

}  // namespace mitm::archive
