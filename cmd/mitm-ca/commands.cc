#include "cmd/mitm-ca/commands.h"

#include "lib/tls/home.h"

namespace mitm::ca {

Result<int> run(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) {
  const auto home = tls::home_directory(options.value_or("home", ""));
  if (!home) return std::unexpected(home.error());
  if (options.subcommand() == "init") return init(options, *home, diagnostics);
  if (options.subcommand() == "show") return show(options, *home, diagnostics);
  if (options.subcommand() == "issue") return issue(options, *home, diagnostics);
  return export_certificate(options, *home, diagnostics);
}

}  // namespace mitm::ca
