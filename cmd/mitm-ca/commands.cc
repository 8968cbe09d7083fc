#include "cmd/mitm-ca/commands.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/base/time.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/expiry.h"
#include "lib/tls/home.h"

namespace mitm::ca {
namespace {

struct Body {
  std::string_view name;
  Result<int> (*run)(const cli::ParsedOptions&, const std::filesystem::path&,
                     const cli::Diagnostics&);
  bool warns = false;  ///< of the CA's end, for it is about the CA that there is
};

constexpr auto kBodies = std::to_array<Body>({
    {"init", init},
    {"show", show, true},
    {"export", export_certificate, true},
    {"issue", issue, true},
    {"install", install, true},
    {"uninstall", uninstall},
    {"doctor", doctor, true},
    {"env", env, true},
    {"rotate", rotate},
});

/// Failures are left to the subcommand.
void warn_of_the_end(const std::filesystem::path& home, const cli::Diagnostics& diagnostics) {
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return;
  const auto warning = tls::expiry_warning(ca->validity, SystemClock().now(), home);
  if (!warning) return;
  diagnostics.warning(warning->message);
  diagnostics.hint(warning->hint);
}

}  // namespace

Result<int> run(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) {
  const auto home = tls::home_directory(options.value_or("home", ""));
  if (!home) return std::unexpected(home.error());
  const auto* found = std::ranges::find(kBodies, options.subcommand(), &Body::name);
  if (found->warns) warn_of_the_end(*home, diagnostics);
  return found->run(options, *home, diagnostics);
}

}  // namespace mitm::ca
