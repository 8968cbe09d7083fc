#include "lib/archive/rotation.h"

#include <fmt/format.h>

#include <ctime>

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxName = 4096;

std::size_t name_begin(std::string_view path) { return path.rfind('/') + 1; }

/// Whether what strftime makes of `format` can depend on the time.
bool has_time(std::string_view format) {
  for (auto at = format.find('%'); at != format.npos; at = format.find('%', at + 2)) {
    if (at + 1 < format.size() && format[at + 1] != '%') return true;
  }
  return false;
}

/// Empty when it makes no name.
std::string expand(const std::string& format, Time time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return {};
  std::string text(kMaxName, '\0');
  text.resize(std::strftime(text.data(), text.size(), format.c_str(), &local));
  return text;
}

std::string base_of(const RotationRules& rules, Time time) {
  if (!rules.interval) return rules.path;
  const std::size_t begin = name_begin(rules.path);
  return rules.path.substr(0, begin) + expand(rules.path.substr(begin), time);
}

/// Digits of the largest number below `count`; none for a single file.
int width_for(std::uint64_t count) {
  int width = 0;
  for (std::uint64_t largest = count - 1; largest > 0; largest /= 10) ++width;
  return width;
}

}  // namespace

Status check(const RotationRules& rules, Time now) {
  if (!rules.interval) return {};
  const std::size_t begin = name_begin(rules.path);
  const std::string name = rules.path.substr(begin);
  if (rules.path.substr(0, begin).find('%') != std::string::npos) {
    return fail(Code::kUsage, "the time can be part of a file's name, but not of its folder's",
                "all files of a rotated recording are in the same folder");
  }
  const std::string expanded = expand(name, now);
  if (expanded.empty() || expanded.find('/') != std::string::npos) {
    return fail(Code::kUsage, fmt::format("'{}' makes no file name of a time", name),
                "%F is the date without slashes, %T the time");
  }
  if (!has_time(name) && !rules.size && !rules.count) {
    return fail(Code::kUsage,
                fmt::format("'{}' has no time in it, so that each file would overwrite the one "
                            "before",
                            name),
                fmt::format("write {}-%F-%H%M%S, or number the files with -C or -W", name));
  }
  return {};
}

Rotation::Rotation(RotationRules rules, Time now)
    : rules_(std::move(rules)), began_(now), base_(base_of(rules_, now)) {}

std::string Rotation::path() const {
  const bool numbered = rules_.size || !has_time(rules_.path);
  const int width = rules_.count && numbered ? width_for(*rules_.count) : 0;
  if (number_ == 0 && width == 0) return base_;
  return fmt::format("{}{:0{}}", base_, number_, width);
}

bool Rotation::is_due(std::uint64_t size, Time now) {
  if (now < began_) began_ = now;
  return (rules_.size && size > *rules_.size) || is_interval_over(now);
}

bool Rotation::is_interval_over(Time now) const {
  return rules_.interval && now - began_ >= *rules_.interval;
}

bool Rotation::is_last() const {
  return rules_.interval && rules_.count && !rules_.size && files_ >= *rules_.count;
}

void Rotation::advance(Time now) {
  if (!rules_.size && !rules_.interval) return;
  ++files_;
  ++number_;
  if (is_interval_over(now)) {
    began_ = now;
    std::string base = base_of(rules_, now);
    if (base != base_) number_ = 0;
    base_ = std::move(base);
  } else if (!rules_.interval && rules_.count && number_ >= *rules_.count) {
    number_ = 0;
  }
}

}  // namespace mitm::archive
