#pragma once

#include <cstddef>

#include "cmd/mitm-record/config.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// Takes as many file descriptors as may be had, and warns when that is few. Before anything that
/// needs many.
void take_descriptors(const cli::Diagnostics& diagnostics);

/// How many connections there can be with them. When everything but connections is open.
std::size_t count_places(const Config& config);

}  // namespace mitm::record
