#include "lib/render/human.h"

#include <fmt/format.h>

#include <iterator>

namespace mitm::render {
namespace {

/// Appends `tenths` / 10 with one decimal. Integer arithmetic, because lines are printed by the
/// million.
void append_tenths(std::string& out, std::uint64_t tenths) {
  const fmt::format_int whole(tenths / 10);
  out.append(whole.data(), whole.size());
  out += '.';
  out += static_cast<char>('0' + tenths % 10);
}

}  // namespace

void append_size(std::string& out, std::uint64_t octets) {
  if (octets < 1024) {
    const fmt::format_int whole(octets);
    out.append(whole.data(), whole.size());
    out += 'B';
    return;
  }
  constexpr std::string_view kUnits = "KMGTPE";
  std::size_t unit = 0;
  std::uint64_t remaining = octets;
  // Stops before the rounded value would read "1024.0".
  while (remaining >= 1024 * 1024 - 52 && unit + 1 < kUnits.size()) {
    remaining /= 1024;
    ++unit;
  }
  append_tenths(out, (remaining / 1024) * 10 + ((remaining % 1024) * 10 + 512) / 1024);
  out += kUnits[unit];
}

std::string human_size(std::uint64_t octets) {
  std::string out;
  append_size(out, octets);
  return out;
}

void append_duration(std::string& out, Duration duration) {
  if (duration < Duration::zero()) out += '-';
  const auto count = duration.count();
  const std::uint64_t ns =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  constexpr std::uint64_t kMicrosecond = 1000;
  constexpr std::uint64_t kMillisecond = 1000 * kMicrosecond;
  constexpr std::uint64_t kSecond = 1000 * kMillisecond;
  const auto to = std::back_inserter(out);
  if (const std::uint64_t us = (ns + kMicrosecond / 2) / kMicrosecond; us < 1000) {
    const fmt::format_int whole(us);
    out.append(whole.data(), whole.size());
    out += "us";
  } else if (const std::uint64_t tenths = (ns + kMillisecond / 20) / (kMillisecond / 10);
             tenths < 10000) {
    append_tenths(out, tenths);
    out += "ms";
  } else if (const std::uint64_t cs = (ns + kSecond / 200) / (kSecond / 100); cs < 6000) {
    fmt::format_to(to, "{}.{:02}s", cs / 100, cs % 100);
  } else if (const std::uint64_t s = (ns + kSecond / 2) / kSecond; s < 3600) {
    fmt::format_to(to, "{}m{:02}s", s / 60, s % 60);
  } else {
    fmt::format_to(to, "{}h{:02}m", s / 3600, s / 60 % 60);
  }
}

}  // namespace mitm::render
