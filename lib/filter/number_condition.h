#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/base/error.h"
#include "lib/filter/comparison.h"

namespace mitm::filter {

/// What a number counts, which decides how its values are written.
enum class Unit : std::uint8_t {
  kCount,
  kStatus,    ///< also 4xx
  kPort,      ///< at most 65535
  kBytes,     ///< may end in k, M or G, of 1024
  kDuration,  ///< nanoseconds; us, ms, s, m or h follow
  kTime,      ///< nanoseconds since 1970; a date and perhaps a time of day
};

/// What a filter asks of a number.
class NumberCondition {
 public:
  /// Without a comparison as with =. The value may be a range, 400-499, but of durations and times.
  /// kUsage for what is no such value, or a comparison that numbers do not have.
  static Result<NumberCondition> make(Unit unit, Comparison comparison, std::string_view value);

  [[nodiscard]] bool holds(std::int64_t number) const {
    return (number >= low_ && number <= high_) != negated_;
  }

 private:
  std::int64_t low_ = 0;
  std::int64_t high_ = 0;
  bool negated_ = false;
};

}  // namespace mitm::filter
