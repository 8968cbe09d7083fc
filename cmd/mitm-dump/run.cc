#include "cmd/mitm-dump/run.h"

#include <utility>

#include "cmd/mitm-dump/copy.h"
#include "cmd/mitm-dump/dump.h"
#include "lib/cli/run.h"

namespace mitm::dump {

Result<int> run(const Config& config, const cli::Diagnostics& diagnostics) {
  auto status = config.write.empty() ? print(config, diagnostics) : copy(config, diagnostics);
  // Somebody had enough before there was anything to read, or nobody reads what is printed.
  if (!status && status.error().code == Code::kCancelled) return cli::kExitSuccess;
  return status;
}

}  // namespace mitm::dump
