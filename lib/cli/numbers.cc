#include "lib/cli/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace mitm::cli {
namespace {

constexpr std::uint64_t kMostSeconds = 1'000'000'000;
constexpr std::size_t kNanosecondDigits = 9;

enum class Digits : std::uint8_t { kGood, kNone, kTooLarge };

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Digits read_digits(std::string_view text, std::uint64_t& number) {
  if (!is_digits(text)) return Digits::kNone;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? Digits::kGood
                                                                  : Digits::kTooLarge;
}

std::unexpected<Error> bad_value(std::string_view option, std::string_view text,
                                 std::string_view complaint) {
  return fail(Code::kUsage, fmt::format("option {}: '{}' {}", option, text, complaint));
}

std::unexpected<Error> out_of_range(std::string_view option, std::string_view text, Range range) {
  if (range.most == std::numeric_limits<std::uint64_t>::max() && range.least > 0) {
    return bad_value(option, text, fmt::format("is less than {}", range.least));
  }
  return bad_value(option, text, fmt::format("is not between {} and {}", range.least, range.most));
}

/// The exponent of two that the suffix stands for.
std::optional<unsigned> unit_shift(char suffix) {
  switch (suffix) {
    case 'k':
    case 'K':
      return 10;
    case 'm':
    case 'M':
      return 20;
    case 'g':
    case 'G':
      return 30;
    default:
      return std::nullopt;
  }
}

template <class Value, class Parser>
Result<Value> value_of(const ParsedOptions& options, std::string_view name, Value fallback,
                       Parser&& parser) {
  const auto text = options.value(name);
  if (!text) return fallback;
  return parser(fmt::format("--{}", name), *text);
}

}  // namespace

Result<std::uint64_t> parse_unsigned(std::string_view option, std::string_view text, Range range) {
  std::uint64_t number = 0;
  const Digits digits = read_digits(text, number);
  if (digits == Digits::kNone) return bad_value(option, text, "is not a whole number");
  if (digits == Digits::kTooLarge || number < range.least || number > range.most) {
    return out_of_range(option, text, range);
  }
  return number;
}

Result<std::uint64_t> parse_bytes(std::string_view option, std::string_view text, Range range) {
  const auto shift = text.empty() ? std::nullopt : unit_shift(text.back());
  std::uint64_t number = 0;
  const Digits digits = read_digits(shift ? text.substr(0, text.size() - 1) : text, number);
  if (digits == Digits::kNone)
    return bad_value(option, text, "is not a size such as 4096, 64k or 10M");
  const unsigned bits = shift.value_or(0);
  if (digits == Digits::kTooLarge || number > (std::numeric_limits<std::uint64_t>::max() >> bits)) {
    return out_of_range(option, text, range);
  }
  const std::uint64_t bytes = number << bits;
  if (bytes < range.least || bytes > range.most) return out_of_range(option, text, range);
  return bytes;
}

Result<Duration> parse_seconds(std::string_view option, std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals(point == text.npos ? "0" : text.substr(point + 1));
  if (!is_digits(whole) || !is_digits(decimals) || decimals.size() > kNanosecondDigits) {
    return bad_value(option, text, "is not a number of seconds such as 2 or 0.25");
  }
  decimals.resize(kNanosecondDigits, '0');
  std::uint64_t seconds = 0;
  std::uint64_t nanoseconds = 0;
  read_digits(decimals, nanoseconds);
  if (read_digits(whole, seconds) != Digits::kGood || seconds > kMostSeconds ||
      (seconds == kMostSeconds && nanoseconds > 0)) {
    return out_of_range(option, text, {.least = 0, .most = kMostSeconds});
  }
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
}

Result<std::uint64_t> unsigned_value(const ParsedOptions& options, std::string_view name,
                                     std::uint64_t fallback, Range range) {
  return value_of(options, name, fallback, [range](std::string_view option, std::string_view text) {
    return parse_unsigned(option, text, range);
  });
}

Result<std::uint64_t> bytes_value(const ParsedOptions& options, std::string_view name,
                                  std::uint64_t fallback, Range range) {
  return value_of(options, name, fallback, [range](std::string_view option, std::string_view text) {
    return parse_bytes(option, text, range);
  });
}

Result<Duration> seconds_value(const ParsedOptions& options, std::string_view name,
                               Duration fallback) {
  return value_of(options, name, fallback, parse_seconds);
}

}  // namespace mitm::cli
