#include "lib/render/timestamp.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iterator>

namespace mitm::render {
namespace {

struct Split {
  std::int64_t seconds = 0;
  std::uint32_t microseconds = 0;
};

Split split(Duration since) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(since - seconds);
  return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
}

void append_microseconds(std::string& out, std::uint32_t microseconds) {
  char digits[] = ".000000 ";
  for (int i = 6; i > 0; --i, microseconds /= 10) {
    digits[i] = static_cast<char>('0' + microseconds % 10);
  }
  out.append(digits, 8);
}

/// Flows are listed as they end, so that one may have begun before the one listed above it.
void append_difference(std::string& out, Duration difference) {
  out += difference < Duration::zero() ? '-' : ' ';
  const Split parts = split(std::chrono::abs(difference));
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", parts.seconds / 3600,
                 parts.seconds / 60 % 60, parts.seconds % 60);
  append_microseconds(out, parts.microseconds);
}

}  // namespace

void TimestampFormatter::append(std::string& out, Time time) {
  switch (format_) {
    case TimeFormat::kNone:
      return;
    case TimeFormat::kEpoch: {
      const Split parts = split(time.time_since_epoch());
      fmt::format_to(std::back_inserter(out), "{}", parts.seconds);
      return append_microseconds(out, parts.microseconds);
    }
    case TimeFormat::kSincePrevious:
    case TimeFormat::kSinceFirst:
      append_difference(out, elapsed(reference_.value_or(time), time));
      if (!reference_ || format_ == TimeFormat::kSincePrevious) reference_ = time;
      return;
    case TimeFormat::kTimeOfDay:
    case TimeFormat::kDate:
      return append_local(out, time);
  }
}

void TimestampFormatter::append_local(std::string& out, Time time) {
  const Split parts = split(time.time_since_epoch());
  if (cached_second_ != parts.seconds) {
    const std::time_t seconds = parts.seconds;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    cached_text_.clear();
    const auto to = std::back_inserter(cached_text_);
    if (format_ == TimeFormat::kDate) {
      fmt::format_to(to, "{:04}-{:02}-{:02} ", local.tm_year + 1900, local.tm_mon + 1,
                     local.tm_mday);
    }
    fmt::format_to(to, "{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
    cached_second_ = parts.seconds;
  }
  out += cached_text_;
  append_microseconds(out, parts.microseconds);
}

}  // namespace mitm::render
