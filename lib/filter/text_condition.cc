#include "lib/filter/text_condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/filter/regex.h"

namespace mitm::filter {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return !std::ranges::search(text, part, {}, to_lower, to_lower).empty() || part.empty();
}

/// Asterisks stand for anything. Greedy from the left, which finds a way if there is one.
bool fits_pattern(std::string_view text, std::string_view pattern) {
  const std::size_t first = pattern.find('*');
  if (first == pattern.npos) return equal_ignoring_case(text, pattern);
  if (text.size() < first || !equal_ignoring_case(text.substr(0, first), pattern.substr(0, first)))
    return false;
  text.remove_prefix(first);
  pattern.remove_prefix(first + 1);
  while (true) {
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (star == pattern.npos) {
      return text.size() >= piece.size() &&
             equal_ignoring_case(text.substr(text.size() - piece.size()), piece);
    }
    const auto found = std::ranges::search(text, piece, {}, to_lower, to_lower);
    if (found.empty() && !piece.empty()) return false;
    text = std::string_view(found.end(), text.end());
    pattern.remove_prefix(star + 1);
  }
}

}  // namespace

Result<TextCondition> TextCondition::make(Comparison comparison, std::string_view value) {
  TextCondition test;
  switch (comparison) {
    case Comparison::kNone:
      test.fits_ = [value = std::string(value)](auto text) { return fits_pattern(text, value); };
      return test;
    case Comparison::kEqual:
    case Comparison::kNotEqual:
      test.fits_ = [value = std::string(value)](auto text) {
        return equal_ignoring_case(text, value);
      };
      test.negated_ = comparison == Comparison::kNotEqual;
      return test;
    case Comparison::kContains:
      test.fits_ = [value = std::string(value)](auto text) { return contains(text, value); };
      return test;
    case Comparison::kMatches:
    case Comparison::kNotMatches: {
      auto regex = Regex::compile(value);
      if (!regex) return std::unexpected(std::move(regex).error());
      test.fits_ = [regex = *std::move(regex)](auto text) { return regex.is_in(text); };
      test.negated_ = comparison == Comparison::kNotMatches;
      return test;
    }
    default:
      return fail(Code::kUsage,
                  fmt::format("texts are not compared with {}", to_string(comparison)),
                  "use =, !=, =~, !~ or contains");
  }
}

bool TextCondition::holds(const Each& each) const {
  bool any = false;
  bool fits = false;
  each([&](std::string_view text) {
    any = true;
    fits = fits || fits_(text);
  });
  return negated_ ? any && !fits : fits;
}

}  // namespace mitm::filter
