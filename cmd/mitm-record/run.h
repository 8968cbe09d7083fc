#pragma once

#include "cmd/mitm-record/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// Records until a signal, the count or the end of the command says that it is enough. Returns the
/// exit status.
Result<int> run(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::record
