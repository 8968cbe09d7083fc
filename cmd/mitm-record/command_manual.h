#pragma once

#include <vector>

#include "lib/cli/flag.h"

namespace mitm::record {

/// The parts of the manual that are about COMMAND, rendered from the table of variables.h.
std::vector<cli::Section> command_sections();

}  // namespace mitm::record
