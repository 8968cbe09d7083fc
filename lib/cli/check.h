#pragma once

#include <string>
#include <vector>

#include "lib/cli/flag.h"

namespace mitm::cli {

/// What is wrong with a table, one sentence each; empty when it is sound. Every program's tests
/// call it. Names must be unique and well formed, nothing that a rendering needs may be missing,
/// texts must be ASCII, summaries short and without a full stop, and every \flag{name} must exist.
std::vector<std::string> check(const Program& program);

}  // namespace mitm::cli
