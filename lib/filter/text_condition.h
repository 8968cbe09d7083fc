#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/filter/comparison.h"

namespace mitm::filter {

/// What a filter asks of a text, of which a flow may have none or several (header fields of the
/// same name, say). Case does not matter.
class TextCondition {
 public:
  /// Without a comparison the value may have asterisks, as in a shell, and must fit the whole text.
  /// kUsage for a bad regular expression, or a comparison that texts do not have.
  static Result<TextCondition> make(Comparison comparison, std::string_view value);

  /// Hands over each text that there is.
  using Each = std::function<void(const std::function<void(std::string_view)>&)>;
  /// One of the texts is as asked for; of != and !~: there are some, and none is as named.
  [[nodiscard]] bool holds(const Each& each) const;

 private:
  std::function<bool(std::string_view)> fits_;
  bool negated_ = false;
};

}  // namespace mitm::filter
