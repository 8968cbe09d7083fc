#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/flags.h"
#include "cmd/mitm-record/run.h"
#include "lib/cli/run.h"

int main(int argc, char** argv) {
  using namespace mitm;
  const auto inherited = record::Inherited::look();
  return cli::run_program(
      record::program(), argc, argv,
      [&](const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) -> Result<int> {
        auto config = record::make_config(options);
        if (!config) return std::unexpected(std::move(config).error());
        return record::run(*config, inherited, diagnostics);
      });
}
