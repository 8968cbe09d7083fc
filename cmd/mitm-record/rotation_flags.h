#pragma once

#include <vector>

#include "cmd/mitm-record/config.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"

namespace mitm::record {

/// The flags that decide in which files a recording is, under the heading `category`.
std::vector<cli::Flag> rotation_flags(const char* category);

/// What they say. `output` has its path already.
Status read_rotation(const cli::ParsedOptions& options, OutputConfig& output);

}  // namespace mitm::record
