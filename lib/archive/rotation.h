#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/time.h"

namespace mitm::archive {

/// When a recording goes on in another file, and what that is called.
struct RotationRules {
  std::string path;                   ///< with an interval: its last part is for strftime(3)
  std::optional<std::uint64_t> size;  ///< octets; a file that is larger is the last but one
  std::optional<Duration> interval;
  /// Size only: so many files are overwritten in turn. Interval only: so many files are made, then
  /// the recording is over. Both: no more than the width of numbers.
  std::optional<std::uint64_t> count;
};

/// kUsage when files would overwrite each other or be in several folders. `now` is any time.
Status check(const RotationRules& rules, Time now);

/// The file that a rotated recording is in. Names are those of tcpdump: FILE, FILE1, FILE2, ...;
/// with a count FILE00, FILE01, ...; with an interval the local time at which it began. Where the
/// time makes the name of the file before again, a number follows it.
class Rotation {
 public:
  /// `rules` were found good by check().
  Rotation(RotationRules rules, Time now);

  /// Path of the current file.
  [[nodiscard]] std::string path() const;
  /// Whether the current file, of `size` octets, ends now. Where the clock was set back the
  /// interval begins anew.
  bool is_due(std::uint64_t size, Time now);
  /// Whether the current file is the last one.
  [[nodiscard]] bool is_last() const;
  /// Goes on to the next file. Where nothing says when files end, all have one name.
  void advance(Time now);

 private:
  [[nodiscard]] bool is_interval_over(Time now) const;

  RotationRules rules_;
  Time began_;  ///< the interval
  std::string base_;
  std::uint64_t number_ = 0;  ///< among the files whose names begin alike
  std::uint64_t files_ = 1;
};

}  // namespace mitm::archive
