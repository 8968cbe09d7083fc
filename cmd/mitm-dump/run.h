#pragma once

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::dump {

/// Reads what `config` names and prints it to standard output, or writes an archive of it. Returns
/// the exit status: success, or kExitLossy after telling `diagnostics` what is lost.
Result<int> run(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::dump
