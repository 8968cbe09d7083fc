#include <fcntl.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "lib/base/fd.h"
#include "lib/cli/output.h"
#include "lib/cli/run.h"
#include "tests/cli/sample.h"

namespace {

using mitm::Code;
using mitm::Result;

/// Prints `lines` lines; more than a pipe holds makes a closed one felt.
Result<int> print_lines(int lines) {
  mitm::cli::Output output;
  for (int i = 0; i < lines; ++i) MITM_TRY(output.write("a line of output\n"));
  MITM_TRY(output.close());
  return 0;
}

Result<int> behave(const mitm::cli::ParsedOptions& options,
                   const mitm::cli::Diagnostics& diagnostics) {
  const std::string what = options.positionals().empty() ? "" : options.positionals().front();
  if (what == "fail") return mitm::fail(Code::kIo, "open a: no", "try b");
  if (what == "usage") return mitm::fail(Code::kUsage, "-a and -b exclude each other");
  if (what == "status") return 7;
  if (what == "throw") throw std::runtime_error("thrown");
  if (what == "print") return print_lines(100'000);
  if (what == "open") return mitm::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)).get() > 2 ? 0 : 1;
  diagnostics.note(
      fmt::format("{} of {}", options.count("verbose"), fmt::join(options.command(), " ")));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool many = argc > 1 && std::string_view(argv[1]) == "--many";
  if (many) {
    return mitm::cli::run_program(mitm::test::sample_program_with_subcommands(), argc - 1, argv + 1,
                                  behave);
  }
  return mitm::cli::run_program(mitm::test::sample_program(), argc, argv, behave);
}
