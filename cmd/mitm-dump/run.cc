#include "cmd/mitm-dump/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "cmd/mitm-dump/copy.h"
#include "cmd/mitm-dump/dump.h"
#include "cmd/mitm-dump/verify.h"
#include "lib/cli/output.h"
#include "lib/cli/run.h"

namespace mitm::dump {

namespace {

Result<int> explain(const filter::Filter& filter) {
  std::string text = filter.explain() + "\n";
  for (const std::string& question : filter.beyond_summaries())
    text += fmt::format("# not in summaries: {}\n", question);
  cli::Output output(STDOUT_FILENO);
  MITM_TRY(output.write(text));
  MITM_TRY(output.close());
  return cli::kExitSuccess;
}

Result<int> do_what_is_asked(const Config& config, const cli::Diagnostics& diagnostics) {
  if (config.explain) return explain(*config.filter);
  if (config.check) return verify(config, diagnostics);
  return config.write.empty() ? print(config, diagnostics) : copy(config, diagnostics);
}

}  // namespace

Result<int> run(const Config& config, const cli::Diagnostics& diagnostics) {
  auto status = do_what_is_asked(config, diagnostics);
  // Somebody had enough before there was anything to read, or nobody reads what is printed.
  if (!status && status.error().code == Code::kCancelled) return cli::kExitSuccess;
  return status;
}

}  // namespace mitm::dump
