#pragma once

#include "lib/cli/flag.h"

namespace mitm::ca {

/// The table that the parser, --help, the manual and the completions of mitm-ca come from.
cli::Program program();

}  // namespace mitm::ca
