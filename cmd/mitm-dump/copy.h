#pragma once

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::dump {

/// Writes an archive of what `config` selects of its inputs. What is read and would be written
/// over is refused. Returns the exit status: success, or kExitLossy after telling `diagnostics`
/// what is lost.
Result<int> copy(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::dump
