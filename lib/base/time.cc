#include "lib/base/time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace mitm {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string format_rfc3339(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto fraction = (time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                     fraction);
}

double to_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Duration elapsed(Time from, Time to) {
  const auto start = from.time_since_epoch().count();
  const auto end = to.time_since_epoch().count();
  Duration::rep difference = 0;
  if (__builtin_sub_overflow(end, start, &difference)) {
    return end < start ? -Duration::max() : Duration::max();
  }
  return std::max(Duration(difference), -Duration::max());
}

}  // namespace mitm
