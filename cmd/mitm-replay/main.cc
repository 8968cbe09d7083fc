#include "cmd/mitm-replay/config.h"
#include "cmd/mitm-replay/flags.h"
#include "cmd/mitm-replay/run.h"
#include "lib/cli/run.h"

int main(int argc, char** argv) {
  using namespace mitm;
  return cli::run_program(
      replay::program(), argc, argv,
      [](const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) -> Result<int> {
        auto config = replay::make_config(options);
        if (!config) return std::unexpected(std::move(config).error());
        return replay::run(*config, diagnostics);
      });
}
