#pragma once

#include "lib/cli/flag.h"

namespace mitm::record {

/// The table that the parser, --help, the manual and the completions of mitm-record come from.
cli::Program program();

}  // namespace mitm::record
