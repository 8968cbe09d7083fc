#pragma once

#include <string>

#include "lib/flow/flow_statistics.h"

namespace mitm::render {

/// Statistics as lines of text for people. Of hosts and the like the first `most` are listed.
void append_statistics(std::string& out, const flow::FlowStatistics& statistics,
                       std::size_t most = 10);

}  // namespace mitm::render
