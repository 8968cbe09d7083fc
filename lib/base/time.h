#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace mitm {

using Duration = std::chrono::nanoseconds;
/// Nanoseconds since the Unix epoch, UTC.
using Time = std::chrono::sys_time<Duration>;

/// Where the time comes from; a parameter of everything that asks, so that tests decide it.
/// Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
};

/// "2026-11-23T03:50:21.123456789Z" (RFC 3339, section 5.6), always nine digits.
std::string format_rfc3339(Time time);

double to_milliseconds(Duration duration);

/// `to` - `from`, negative when it went backwards. Times read from a file may be anything: where
/// the difference cannot be represented it is the largest or (nearly) smallest that can; its
/// negative always can.
Duration elapsed(Time from, Time to);

}  // namespace mitm
