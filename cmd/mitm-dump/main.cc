#include "cmd/mitm-dump/config.h"
#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/run.h"
#include "lib/cli/run.h"

int main(int argc, char** argv) {
  using namespace mitm;
  return cli::run_program(
      dump::program(), argc, argv,
      [](const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) -> Result<int> {
        const auto config = dump::make_config(options);
        if (!config) return std::unexpected(config.error());
        return dump::run(*config, diagnostics);
      });
}
