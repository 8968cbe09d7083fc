#include "tests/cli/sample.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace mitm::test {
namespace {

using cli::Complete;
using cli::Flag;

std::vector<Flag> sample_flags() {
  return {
      Flag{.long_name = "read",
           .short_name = 'r',
           .value_name = "FILE",
           .category = "Input",
           .summary = "read FILE, '-' is stdin",
           .details = "Archives and others.\n\nSee \\flag{output} for what comes out.",
           .complete = Complete::kFile,
           .repeatable = true},
      Flag{.long_name = "snaplen",
           .short_name = 's',
           .value_name = "BYTES",
           .category = "Input",
           .summary = "keep at most BYTES of a body"},
      Flag{.long_name = "output",
           .short_name = 'o',
           .value_name = "FORMAT",
           .category = "Output",
           .summary = "print FORMAT [text or ndjson]",
           .complete = Complete::kChoice,
           .choices = {"text", "ndjson"}},
      Flag{.long_name = "mode",
           .short_name = 'm',
           .value_name = "MODE",
           .category = "Output",
           .summary = "explicit, transparent or reverse:URL; don't guess",
           .complete = Complete::kSuggestion,
           .choices = {"explicit", "transparent", "reverse:"},
           .repeatable = true},
      Flag{.long_name = "directory",
           .value_name = "DIR",
           .category = "Output",
           .summary = "write below DIR",
           .complete = Complete::kDirectory},
      Flag{.long_name = "pass",
           .value_name = "HOST",
           .category = "Output",
           .summary = "leave HOST alone",
           .complete = Complete::kHost},
      Flag{.long_name = "verbose",
           .short_name = 'v',
           .category = "Output",
           .summary = "print more",
           .repeatable = true},
      Flag{.long_name = "quiet", .short_name = 'q', .category = "Output", .summary = "print less"},
      cli::color_flag(),
  };
}

}  // namespace

cli::Program sample_program() {
  return {
      .name = "mitm-sample",
      .summary = "print what was captured",
      .synopsis = {"-r FILE [-r FILE]... [options] [FILTER]", "[options] -- COMMAND ARG..."},
      .examples = {{"mitm-sample -r session.flowz '~d example.com'", "Prints flows to one host."}},
      .description = {"It prints what \\flag{read} names.\n\n.A line that begins with a period."},
      .positionals = {{.name = "FILTER", .summary = "flows to print", .at_most = cli::kAnyNumber}},
      .command = "COMMAND",
      .flags = sample_flags(),
      .exit_statuses = {{0, "All was well."}, {3, "Something was lost."}},
      .files = {{"~/.local/share/mitmkit", "Home of the CA."}},
      .environment = {{"NO_COLOR", "No colours, see \\flag{color}."}},
      .sections = {{"SIGNALS", {"SIGINT ends it."}, {{"SIGUSR1", "See \\flag{color}."}}}},
      .see_also = {"mitm-ca(1)"}};
}

cli::Program sample_program_with_subcommands() {
  const Flag home{.long_name = "home",
                  .value_name = "DIR",
                  .category = "General",
                  .summary = "use DIR",
                  .complete = Complete::kDirectory};
  const Flag days{.long_name = "days",
                  .short_name = 'd',
                  .value_name = "N",
                  .category = "Certificate",
                  .summary = "valid for N days"};
  return {.name = "mitm-many",
          .summary = "do one of two things",
          .synopsis = {"COMMAND [options]"},
          .examples = {{"mitm-many init", "Makes one."}},
          .description = {"It does things."},
          .flags = {home},
          .subcommands = {{.name = "init",
                           .summary = "make an authority",
                           .synopsis = {"[--days N]"},
                           .description = {"With \\flag{days} it ends."},
                           .examples = {{"mitm-many init --days 30", "Makes one for a month."}},
                           .flags = {days}},
                          {.name = "issue",
                           .summary = "make a certificate",
                           .synopsis = {"HOST..."},
                           .positionals = {{.name = "HOST",
                                            .summary = "whom it is for",
                                            .at_least = 1,
                                            .at_most = cli::kAnyNumber,
                                            .complete = Complete::kHost}}}},
          .exit_statuses = {{0, "All was well."}}};
}

Ran run_shell(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) return {.status = -1, .output = "popen failed"};
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

bool is_installed(const std::string& program) {
  return run_shell("command -v " + program).status == 0;
}

}  // namespace mitm::test
