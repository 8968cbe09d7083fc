#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/filter/node.h"

/// Internal to this folder.
namespace mitm::filter {

struct Expression {
  Node root;
  std::vector<std::string> lone_values;  ///< that are searched for in URLs because nothing else
                                         ///< says what they are, but for those in quotes
};

/// The expression that `text` is.
Result<Expression> parse_expression(std::string_view text);

}  // namespace mitm::filter
