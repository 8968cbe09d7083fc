#pragma once

#include <cstdint>
#include <string_view>

namespace mitm::filter {

/// Between the name of a field and a value. Each is false where a flow does not have the field.
enum class Comparison : std::uint8_t {
  kNone,  ///< nothing was written: what people mean by "status 404" or "path /api/*"
  kEqual,
  kNotEqual,
  kLess,
  kAtMost,
  kGreater,
  kAtLeast,
  kMatches,     ///< a regular expression
  kNotMatches,  ///< the same, and does not
  kContains,
};

/// "=", "!=", "<", … ; "" for kNone.
std::string_view to_string(Comparison comparison);

}  // namespace mitm::filter
