#pragma once

#include <string>

#include "lib/cli/flag.h"

namespace mitm::cli {

/// The text of --help, of `subcommand` unless that is null: example command lines, usage,
/// arguments, options by category. At most 80 columns, no colours.
std::string render_help(const Program& program, const Subcommand* subcommand = nullptr);

}  // namespace mitm::cli
