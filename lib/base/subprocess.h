#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm {

/// A program to be run, looked for as find_system_program() does.
struct Invocation {
  std::vector<std::string> words;
  Bytes input = {};  ///< its standard input, which then ends
  /// Variables that are set for it; nullopt: removed.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment = {};
  /// Then it is killed, with all that it started; for this it becomes a process group of its own,
  /// which cannot ask for anything on the terminal. nullopt: it may take as long as it likes.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  /// Asked every now and then where there is a timeout: true ends it early.
  std::function<bool()> enough = {};
};

/// How a program ended and what it said.
struct Outcome {
  int status = 0;  ///< as a shell would tell it: 128 and the signal's number when killed
  Bytes output;
  Bytes errors;
  bool timed_out = false;
};

/// Runs a program to its end. Fails when it cannot be started, with kUnsupported when there is none
/// of that name. Of what it says only the first 4 MiB each are kept. SIGPIPE must be ignored, as it
/// is in our programs; the program itself gets it, and whatever signals our thread blocks.
Result<Outcome> run_command(const Invocation& invocation);

}  // namespace mitm
