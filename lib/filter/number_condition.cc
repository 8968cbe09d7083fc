#include "lib/filter/number_condition.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <limits>

#include "lib/base/ascii.h"
#include "lib/base/display.h"

namespace mitm::filter {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kNanosecondDigits = 9;

struct Range {
  std::int64_t low;
  std::int64_t high;
};
using Parsed = std::optional<Range>;

std::optional<std::int64_t> read_digits(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

Parsed single(std::optional<std::int64_t> number, std::int64_t most = kMost) {
  if (!number || *number > most) return std::nullopt;
  return Range{*number, *number};
}

std::optional<std::int64_t> scaled(std::string_view text, std::int64_t factor) {
  const auto number = read_digits(text);
  if (!number || *number > kMost / factor) return std::nullopt;
  return *number * factor;
}

std::optional<std::int64_t> read_bytes(std::string_view text) {
  if (text.empty()) return std::nullopt;
  switch (to_lower(text.back())) {
    case 'k':
      return scaled(text.substr(0, text.size() - 1), std::int64_t{1} << 10);
    case 'm':
      return scaled(text.substr(0, text.size() - 1), std::int64_t{1} << 20);
    case 'g':
      return scaled(text.substr(0, text.size() - 1), std::int64_t{1} << 30);
    default:
      return read_digits(text);
  }
}

/// "5" of 0.5 of a unit of `unit` nanoseconds.
std::optional<std::int64_t> read_fraction(std::string_view digits, std::int64_t unit) {
  std::int64_t sum = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    unit /= 10;
    sum += (c - '0') * unit;
  }
  return sum;
}

std::optional<std::int64_t> read_duration(std::string_view text) {
  struct Suffix {
    std::string_view text;
    std::int64_t factor;
  };
  // What ends in another comes before it.
  constexpr std::array kSuffixes = {Suffix{"us", 1'000}, Suffix{"ms", 1'000'000},
                                    Suffix{"s", kSecond}, Suffix{"m", 60 * kSecond},
                                    Suffix{"h", 3600 * kSecond}};
  for (const Suffix& suffix : kSuffixes) {
    if (!text.ends_with(suffix.text)) continue;
    text.remove_suffix(suffix.text.size());
    const std::size_t point = text.find('.');
    const auto whole = scaled(text.substr(0, point), suffix.factor);
    if (point == text.npos) return whole;
    const auto part = read_fraction(text.substr(point + 1), suffix.factor);
    if (point + 1 == text.size()) return std::nullopt;
    if (!whole || !part || *whole > kMost - *part) return std::nullopt;
    return *whole + *part;
  }
  return std::nullopt;
}

/// Seconds east of Greenwich of "Z" or "+02:00"; nullopt for what is neither.
std::optional<std::int64_t> read_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = read_digits(text.substr(1, 2));
  const auto minutes = read_digits(text.substr(4));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

/// How many octets of `text` have the shape of `form`, in which 0 stands for a digit; 0: not all.
std::size_t matched(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return 0;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '0' ? !is_digit(text[i]) : form[i] != text[i]) return 0;
  return form.size();
}

/// A date and perhaps a time of day at the beginning of `text`, which is advanced past it; nullopt
/// for what no calendar has.
std::optional<std::tm> read_calendar(std::string_view& text) {
  std::size_t size = 0;
  for (const auto* form : {"0000-00-00T00:00:00", "0000-00-00T00:00", "0000-00-00"})
    if (size == 0) size = matched(text, form);
  if (size == 0) return std::nullopt;
  const auto field = [&](std::size_t at, std::size_t digits) {
    return at < size ? static_cast<int>(read_digits(text.substr(at, digits)).value_or(0)) : 0;
  };
  std::tm parts{};
  parts.tm_year = field(0, 4) - 1900;
  parts.tm_mon = field(5, 2) - 1;
  parts.tm_mday = field(8, 2);
  parts.tm_hour = field(11, 2);
  parts.tm_min = field(14, 2);
  parts.tm_sec = field(17, 2);
  std::tm normal = parts;
  ::timegm(&normal);
  if (normal.tm_mon != parts.tm_mon || normal.tm_mday != parts.tm_mday ||
      normal.tm_hour != parts.tm_hour || normal.tm_min != parts.tm_min)
    return std::nullopt;
  text.remove_prefix(size);
  return parts;
}

/// ISO 8601: 2026-11-28, 2026-11-28T10:15, …:30.5, each perhaps with a zone; else the local one.
std::optional<std::int64_t> read_time(std::string_view text) {
  const bool has_seconds = matched(text, "0000-00-00T00:00:00") > 0;
  auto parts = read_calendar(text);
  if (!parts) return std::nullopt;
  std::int64_t fraction = 0;
  if (has_seconds && text.starts_with('.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (end == 1 || end > kNanosecondDigits + 1) return std::nullopt;
    fraction = read_fraction(text.substr(1, end - 1), kSecond).value_or(0);
    text.remove_prefix(end);
  }
  parts->tm_isdst = -1;
  const auto zone = text.empty() ? std::optional<std::int64_t>(0) : read_zone(text);
  if (!zone) return std::nullopt;
  const std::int64_t seconds = text.empty() ? ::mktime(&*parts) : ::timegm(&*parts) - *zone;
  if (seconds > kMost / kSecond - 1 || seconds < kLeast / kSecond + 1) return std::nullopt;
  return seconds * kSecond + fraction;
}

Parsed read_status(std::string_view text) {
  if (text.size() != 3 || text[0] < '1' || text[0] > '9') return std::nullopt;
  if (lower_case(text.substr(1)) == "xx") {
    const std::int64_t low = (text[0] - '0') * 100;
    return Range{low, low + 99};
  }
  return single(read_digits(text));
}

Parsed read_value(Unit unit, std::string_view text) {
  switch (unit) {
    case Unit::kCount:
      return single(read_digits(text));
    case Unit::kStatus:
      return read_status(text);
    case Unit::kPort:
      return single(read_digits(text), 65535);
    case Unit::kBytes:
      return single(read_bytes(text));
    case Unit::kDuration:
      return single(read_duration(text));
    case Unit::kTime:
      return single(read_time(text));
  }
  return std::nullopt;
}

Parsed read_range(Unit unit, std::string_view text) {
  if (const auto value = read_value(unit, text)) return value;
  const std::size_t dash = text.find('-');
  if (dash == text.npos || unit == Unit::kDuration || unit == Unit::kTime) return std::nullopt;
  const auto low = read_value(unit, text.substr(0, dash));
  const auto high = read_value(unit, text.substr(dash + 1));
  if (!low || !high || low->low > high->high) return std::nullopt;
  return Range{low->low, high->high};
}

std::unexpected<Error> refuse(Unit unit, std::string_view value) {
  const auto wrong = [&](std::string_view what, std::string_view hint) {
    return fail(Code::kUsage, fmt::format("'{}' is no {}", printable(value), what),
                std::string(hint));
  };
  switch (unit) {
    case Unit::kCount:
      return wrong("number", "write 12, or a range such as 10-20");
    case Unit::kStatus:
      return wrong("status", "write 404, 4xx or a range such as 400-499");
    case Unit::kPort:
      return wrong("port", "write a number up to 65535, or a range such as 8000-8999");
    case Unit::kBytes:
      return wrong("number of bytes", "write 1500, 64k, 10M or 1G");
    case Unit::kDuration:
      return wrong("duration", "write 500ms, 1.5s or 2m");
    case Unit::kTime:
      return wrong("time", "write 2026-11-28, 2026-11-28T10:15 or 2026-11-28T10:15:00Z");
  }
  return wrong("number", "");
}

}  // namespace

Result<NumberCondition> NumberCondition::make(Unit unit, Comparison comparison,
                                              std::string_view value) {
  if (comparison >= Comparison::kMatches) {
    return fail(Code::kUsage,
                fmt::format("numbers are not compared with {}", to_string(comparison)),
                "use =, !=, <, <=, > or >=");
  }
  const auto range = read_range(unit, value);
  if (!range) return refuse(unit, value);
  NumberCondition test;
  test.low_ = kLeast;
  test.high_ = kMost;
  switch (comparison) {
    case Comparison::kNone:
    case Comparison::kEqual:
    case Comparison::kNotEqual:
      test.low_ = range->low;
      test.high_ = range->high;
      test.negated_ = comparison == Comparison::kNotEqual;
      return test;
    case Comparison::kLess:
      test.high_ = range->low == kLeast ? kLeast : range->low - 1;
      return test;
    case Comparison::kAtMost:
      test.high_ = range->high;
      return test;
    case Comparison::kGreater:
      test.low_ = range->high == kMost ? kMost : range->high + 1;
      return test;
    case Comparison::kAtLeast:
      test.low_ = range->low;
      return test;
    default:
      return test;
  }
}

}  // namespace mitm::filter
