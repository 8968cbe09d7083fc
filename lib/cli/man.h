#pragma once

#include <string>

#include "lib/cli/flag.h"

namespace mitm::cli {

/// The manual page (section 1) in man(7) macros.
std::string render_man(const Program& program);

}  // namespace mitm::cli
