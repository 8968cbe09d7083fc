#pragma once

#include <optional>

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::dump {

/// Prints what `config` names from the summaries of a recording and, where they do not say enough,
/// from the frames that they name, as print() does from its records. Returns the exit status, or
/// nullopt, with nothing printed, when the records have to be read: because all of them are wanted,
/// because there is no whole summary, or because the file is so small that reading it, which also
/// verifies it, takes no time.
Result<std::optional<int>> print_summaries(const Config& config,
                                           const cli::Diagnostics& diagnostics);

}  // namespace mitm::dump
