#include <malloc.h>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/flags.h"
#include "cmd/mitm-record/print_rules.h"
#include "cmd/mitm-record/run.h"
#include "lib/cli/run.h"

int main(int argc, char** argv) {
  using namespace mitm;
  // What a burst of traffic needed the next one needs again; handing it back between them costs a
  // tenth of the time that large bodies take, in page faults.
  ::mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
  const auto inherited = record::Inherited::look();
  return cli::run_program(
      record::program(), argc, argv,
      [&](const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) -> Result<int> {
        if (options.has("print-rules")) return record::print_rules(options);
        auto config = record::make_config(options);
        if (!config) return std::unexpected(std::move(config).error());
        return record::run(*config, inherited, diagnostics);
      });
}
