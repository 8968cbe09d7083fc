#pragma once

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::dump {

/// Prints what `config` names to standard output. Returns the exit status: success, or kExitLossy
/// after telling `diagnostics` what is lost.
Result<int> print(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::dump
