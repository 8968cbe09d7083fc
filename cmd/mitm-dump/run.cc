#include "cmd/mitm-dump/run.h"

#include <utility>

#include "cmd/mitm-dump/copy.h"
#include "cmd/mitm-dump/dump.h"
#include "lib/cli/run.h"

namespace mitm::dump {

Result<int> run(const Config& config, const cli::Diagnostics& diagnostics) {
  return config.write.empty() ? print(config, diagnostics) : copy(config, diagnostics);
}

}  // namespace mitm::dump
