#pragma once

#include <string>

#include "lib/cli/flag.h"

namespace mitm::cli {

/// Completion scripts: completions/NAME.bash, completions/_NAME (zsh) and completions/NAME.fish.
std::string render_bash_completion(const Program& program);
std::string render_zsh_completion(const Program& program);
std::string render_fish_completion(const Program& program);

}  // namespace mitm::cli
