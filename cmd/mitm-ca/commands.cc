#include "cmd/mitm-ca/commands.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/tls/home.h"

namespace mitm::ca {
namespace {

struct Body {
  std::string_view name;
  Result<int> (*run)(const cli::ParsedOptions&, const std::filesystem::path&,
                     const cli::Diagnostics&);
};

constexpr auto kBodies = std::to_array<Body>({
    {"init", init},
    {"show", show},
    {"export", export_certificate},
    {"issue", issue},
    {"install", install},
    {"uninstall", uninstall},
});

}  // namespace

Result<int> run(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) {
  const auto home = tls::home_directory(options.value_or("home", ""));
  if (!home) return std::unexpected(home.error());
  const auto* found = std::ranges::find(kBodies, options.subcommand(), &Body::name);
  return found->run(options, *home, diagnostics);
}

}  // namespace mitm::ca
