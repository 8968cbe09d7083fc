#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/cli/parse.h"

namespace mitm::cli {

/// Both ends are allowed.
struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

/// The parsers of values. `option` is how messages name the option ("--snaplen"); every failure is
/// kUsage. Nothing is skipped: spaces, signs and trailing letters are errors.

/// Decimal digits.
Result<std::uint64_t> parse_unsigned(std::string_view option, std::string_view text,
                                     Range range = {});
/// Decimal digits and optionally k, M or G (powers of 1024, either case): "64k", "10M". In octets.
Result<std::uint64_t> parse_bytes(std::string_view option, std::string_view text, Range range = {});
/// Seconds with up to nine decimals: "2", "0.25". At most 10^9.
Result<Duration> parse_seconds(std::string_view option, std::string_view text);

/// The same for the last value of flag `name`; `fallback` when it was not given.
Result<std::uint64_t> unsigned_value(const ParsedOptions& options, std::string_view name,
                                     std::uint64_t fallback, Range range = {});
Result<std::uint64_t> bytes_value(const ParsedOptions& options, std::string_view name,
                                  std::uint64_t fallback, Range range = {});
Result<Duration> seconds_value(const ParsedOptions& options, std::string_view name,
                               Duration fallback);

}  // namespace mitm::cli
