#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "lib/base/time.h"

namespace mitm::render {

/// tcpdump's six ways of showing when. The value is how often -t was given.
enum class TimeFormat : std::uint8_t {
  kTimeOfDay = 0,      ///< "03:50:21.123456", local time
  kNone = 1,           ///< nothing
  kEpoch = 2,          ///< "1700000000.123456"
  kSincePrevious = 3,  ///< " 00:00:00.000120"
  kDate = 4,           ///< "2026-11-23 03:50:21.123456", local time
  kSinceFirst = 5,     ///< like kSincePrevious
};

/// Formats one time after the other; local time is that of TZ. One thread.
class TimestampFormatter {
 public:
  explicit TimestampFormatter(TimeFormat format) : format_(format) {}
  /// Appends the time and a space; nothing with kNone.
  void append(std::string& out, Time time);

 private:
  void append_local(std::string& out, Time time);

  TimeFormat format_;
  std::optional<Time> reference_;
  std::optional<std::int64_t> cached_second_;
  std::string cached_text_;  // of that second, without the fraction
};

}  // namespace mitm::render
