#pragma once

#include "lib/cli/flag.h"

namespace mitm::dump {

/// Exit status when something of what was read is lost.
inline constexpr int kExitLossy = 3;

cli::Program program();

}  // namespace mitm::dump
