#pragma once

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/inherited.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// Records until a signal, the count or the end of the command says that it is enough. Returns the
/// exit status. A command is started as if by whoever started us with what was `inherited`.
Result<int> run(const Config& config, const Inherited& inherited,
                const cli::Diagnostics& diagnostics);

}  // namespace mitm::record
