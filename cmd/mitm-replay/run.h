#pragma once

#include "cmd/mitm-replay/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::replay {

/// Replays until the recordings or the limit are reached, or a signal comes. Returns the exit
/// status.
Result<int> run(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::replay
