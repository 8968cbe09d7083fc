#include "lib/filter/comparison.h"

namespace mitm::filter {

std::string_view to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNone:
      return "";
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kAtMost:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kAtLeast:
      return ">=";
    case Comparison::kMatches:
      return "=~";
    case Comparison::kNotMatches:
      return "!~";
    case Comparison::kContains:
      return "contains";
  }
  return "";
}

}  // namespace mitm::filter
