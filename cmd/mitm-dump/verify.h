#pragma once

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::dump {

/// Verifies each input, says on standard output what is in it and tells `diagnostics` what is
/// wrong. Returns the worst exit status: success, kExitLossy, or failure where an input is no
/// archive.
Result<int> verify(const Config& config, const cli::Diagnostics& diagnostics);

}  // namespace mitm::dump
