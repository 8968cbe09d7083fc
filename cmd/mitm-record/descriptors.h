#pragma once

#include "cmd/mitm-record/config.h"
#include "lib/cli/diagnostics.h"
#include "lib/proxy/places.h"

namespace mitm::record {

/// Takes as many file descriptors as may be had, and warns when that is few. Before anything that
/// needs many.
void take_descriptors(const cli::Diagnostics& diagnostics);

/// How many names may be looked up at once: servers of names that do not answer must not keep
/// others waiting.
unsigned most_lookups();

/// What they are enough for. When everything but connections is open.
proxy::Places::Room room_for_connections(const Config& config);

}  // namespace mitm::record
