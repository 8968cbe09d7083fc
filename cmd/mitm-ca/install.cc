#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/store_change.h"
#include "lib/base/time.h"
#include "lib/tls/expiry.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"

namespace mitm::ca {
namespace {

/// With sudo the home, and so the CA and the browsers, are mostly root's.
void warn_about_sudo(const cli::Diagnostics& diagnostics) {
  const char* user = std::getenv("SUDO_USER");
  if (::geteuid() != 0 || user == nullptr || *user == '\0') return;
  diagnostics.warning(fmt::format(
      "this looks at root's browsers, not at those of {}: without sudo it asks for it where needed",
      user));
}

}  // namespace

Result<int> install(const cli::ParsedOptions& options, const std::filesystem::path& home,
                    const cli::Diagnostics& diagnostics) {
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  const Time now = SystemClock().now();
  if (now > ca->validity.not_after) {
    return fail(Code::kTls, "what has ended is trusted by nobody");
  }
  warn_about_sudo(diagnostics);
  const auto sights = look_around(read_store_choice(options));
  if (!sights) return std::unexpected(sights.error());
  if (sights->empty()) {
    return fail(
        Code::kIo, "no store was found",
        fmt::format("programs can be told to trust the CA: {}", tls::ca_command(home, "env")));
  }
  return change_stores(options, *sights, installation(trust_certificate(*ca)), diagnostics);
}

}  // namespace mitm::ca
