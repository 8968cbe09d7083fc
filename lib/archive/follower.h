#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "lib/archive/follow_watch.h"
#include "lib/archive/merged_reader.h"
#include "lib/archive/reader.h"
#include "lib/base/error.h"

namespace mitm::archive {

/// Opens archives that are still being written, so that their readers ask for patience (kAgain)
/// instead of ending, and goes on with a run that was rotated. One thread; must outlive what it
/// opened.
class Follower {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  /// `patience`: how long the next file of a run may take to appear.
  explicit Follower(std::chrono::milliseconds patience = kPatience) : patience_(patience) {}

  /// Of a file, or of stdin for "-". A reader of it is told kAgain while a file that is being
  /// written holds no header yet.
  Result<std::unique_ptr<ByteSource>> open_source(const std::string& path);

  /// For MergedReader: the next file of the run that `ended` belongs to, in the folder of `ended`.
  /// Where a ring of files was faster than we, that is the oldest that it has left.
  /// nullopt when the run is over; kAgain while the next file has not come. Other errors say why it
  /// cannot be gone on with.
  Result<std::optional<MergedReader::Successor>> next(const MergedReader::Input& ended);

  /// Returns when there may be more to read, and after 100 ms at the latest.
  void wait() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;

  Result<MergedReader::Successor> open_next(const std::string& path,
                                            const std::optional<flow::Header>& after);
  Result<MergedReader::Successor> open_oldest(const std::string& path, const flow::Header& after,
                                              std::uint32_t below);

  std::chrono::milliseconds patience_;
  FollowWatch watch_;
  std::unordered_map<std::string, Instant> awaited_;  // until when, by the name of what ended
};

}  // namespace mitm::archive
