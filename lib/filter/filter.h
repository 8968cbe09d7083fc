#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/filter/predicate.h"
#include "lib/flow/flow.h"

namespace mitm::filter {

struct Node;

/// What flows somebody wants to see, as an expression: words as in tcpdump ("host example.com and
/// status >= 500") and mitmproxy's operators ("~d example.com & ~c 500"), also mixed. "not" binds
/// closest, then "and", then "or", then what merely stands side by side, which must hold both.
/// Copies share the expression; any thread may ask.
class Filter {
 public:
  /// kUsage, saying what is wrong and where.
  static Result<Filter> parse(std::string_view text);

  /// Whether a flow is wanted; kUnknown from a summary that does not tell.
  [[nodiscard]] Truth decide(const flow::Flow& flow, Known known) const;
  [[nodiscard]] bool matches(const flow::Flow& flow) const {
    return decide(flow, Known::kHeads) == Truth::kYes;
  }
  /// The same expression with parentheses that show how it was understood.
  [[nodiscard]] std::string explain() const;
  /// Those of its questions that the summary of a recording does not answer.
  [[nodiscard]] std::vector<std::string> beyond_summaries() const;

  /// What is searched for in URLs because nothing else says what it is, but for what was in quotes.
  [[nodiscard]] const std::vector<std::string>& lone_values() const { return lone_values_; }

 private:
  Filter() = default;

  std::shared_ptr<const Node> root_;
  std::vector<std::string> lone_values_;
};

}  // namespace mitm::filter
