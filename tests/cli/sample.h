#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/cli/flag.h"

namespace mitm::test {

/// A program that has one of everything but subcommands.
cli::Program sample_program();

/// A program with two subcommands, `init` and `issue`.
cli::Program sample_program_with_subcommands();

/// What a shell command prints on stdout and stderr, and how it ended.
struct Ran {
  int status = 0;
  std::string output;
};
Ran run_shell(const std::string& command);

bool is_installed(const std::string& program);

}  // namespace mitm::test
