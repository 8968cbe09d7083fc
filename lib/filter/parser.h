#pragma once

#include <string_view>

#include "lib/base/error.h"
#include "lib/filter/node.h"

namespace mitm::filter {

/// The expression that `text` is. Internal to this folder.
Result<Node> parse_expression(std::string_view text);

}  // namespace mitm::filter
