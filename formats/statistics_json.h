#pragma once

#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/flow_statistics.h"

namespace mitm::formats {

/// Statistics as one JSON object and a line feed (formats/README.md, section Statistics).
Status write_statistics(const flow::FlowStatistics& statistics, ByteSink& sink);

}  // namespace mitm::formats
