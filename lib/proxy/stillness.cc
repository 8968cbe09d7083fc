#include "lib/proxy/stillness.h"

#include <algorithm>
#include <utility>

namespace mitm::proxy {

std::chrono::milliseconds StillnessLimits::interval() const {
  constexpr std::chrono::milliseconds kLeast{50}, kMost{5'000};
  std::chrono::milliseconds interval = kMost;
  for (const auto limit : {first_byte, idle}) {
    if (limit.count() > 0) interval = std::min(interval, limit / 4);
  }
  return std::max(interval, kLeast);
}

Stillness::Verdict Stillness::judge(std::uint64_t moved, Waiting waiting,
                                    const StillnessLimits& limits, TimePoint now) {
  const auto reached = [still = now - since_](std::chrono::milliseconds limit) {
    return limit.count() > 0 && still >= limit;
  };
  if (std::exchange(moved_, moved) != moved || waiting == Waiting::kElse) {
    since_ = now;
    return Verdict::kGoOn;
  }
  if (waiting == Waiting::kAnswer && reached(limits.first_byte)) return Verdict::kNoAnswer;
  return reached(limits.idle) ? Verdict::kIdle : Verdict::kGoOn;
}

}  // namespace mitm::proxy
