#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace re2 {
class RE2;
}

namespace mitm::filter {

/// A regular expression in RE2's syntax, searched for anywhere (^ and $ bind it to the ends) and
/// without regard to case. Takes time in proportion to the text, whatever the expression. Copies
/// share it; any thread may search.
class Regex {
 public:
  enum class Lines : bool { kOne, kMany };  ///< kMany: ^ and $ match at each line's ends

  /// kUsage, saying what is wrong with the expression.
  static Result<Regex> compile(std::string_view expression, Lines lines = Lines::kOne);

  [[nodiscard]] bool is_in(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> utf8_;    // null where the expression itself is no UTF-8
  std::shared_ptr<const re2::RE2> octets_;  // for texts that are no UTF-8
};

}  // namespace mitm::filter
