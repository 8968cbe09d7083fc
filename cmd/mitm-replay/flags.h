#pragma once

#include "lib/cli/flag.h"

namespace mitm::replay {

/// The table that the parser, --help, the manual and the completions of mitm-replay come from.
cli::Program program();

}  // namespace mitm::replay
