#pragma once

#include <vector>

#include "cmd/mitm-record/config.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"

namespace mitm::record {

/// The flags that decide how TLS is opened, and whose, under the heading `category`.
std::vector<cli::Flag> tls_flags(const char* category);

/// What they say.
Status read_tls(const cli::ParsedOptions& options, Config& config);

}  // namespace mitm::record
