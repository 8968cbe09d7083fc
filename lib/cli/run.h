#pragma once

#include <functional>

#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"

namespace mitm::cli {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// What a program does; returns its exit status. An error is reported by run_program: kUsage exits
/// with 2, output_closed() (see output.h) with 0, everything else with 1.
using Body = std::function<Result<int>(const ParsedOptions&, const Diagnostics&)>;

/// All of main(): parses, answers --help and --version, runs `body` and reports what went wrong, be
/// it an exception. SIGPIPE is ignored from here on: a child process must set it back to SIG_DFL
/// before exec. Descriptors 0 to 2 that were closed are occupied, so that no file the program opens
/// is mistaken for stdout or stderr.
///
/// The hidden `--render-docs man|bash|zsh|fish`, alone on the command line, prints what belongs in
/// man/ and completions/.
int run_program(const Program& program, int argc, char** argv, const Body& body);

}  // namespace mitm::cli
