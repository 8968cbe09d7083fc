#pragma once

#include <optional>

#include "lib/base/error.h"
#include "lib/cli/parse.h"
#include "lib/filter/filter.h"

namespace mitm::dump {

/// The filter of the command line, or of the file that it names. kUsage for one that is wrong, or
/// does not go together with other options.
Result<std::optional<filter::Filter>> make_filter(const cli::ParsedOptions& options);

}  // namespace mitm::dump
