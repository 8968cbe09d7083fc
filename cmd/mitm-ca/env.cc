#include <fmt/format.h>
#include <unistd.h>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/output_file.h"
#include "cmd/mitm-ca/trust_folder.h"
#include "lib/base/time.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/home.h"
#include "lib/trust/exports.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

Result<trust::Shell> shell_of(const cli::ParsedOptions& options, const trust::BundlesGiven& given) {
  const std::string name = options.value_or("shell", given.variable("SHELL").value_or("sh"));
  const auto shell = trust::parse_shell(name);
  if (shell) return *shell;
  return fail(Code::kUsage, fmt::format("there are no lines for the shell {}", name),
              "choose another with --shell");
}

}  // namespace

Result<int> env(const cli::ParsedOptions& options, const fs::path& home,
                const cli::Diagnostics& diagnostics) {
  trust::BundlesGiven given = bundles_given(home);
  const auto shell = shell_of(options, given);
  if (!shell) return std::unexpected(shell.error());
  if (options.has("unset")) {
    MITM_TRY(write_to_stdout(trust::render_undoing(*shell, given)));
    return 0;
  }
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  const auto lock = lock_trust_folder(home);
  if (!lock) return std::unexpected(lock.error());
  auto trusted = trusted_pem(home, SystemClock().now());
  if (!trusted) return std::unexpected(std::move(trusted).error());
  given.ca_pem = *std::move(trusted);
  const auto made = trust::shell_environment(given);
  for (const std::string& warning : made.warnings) diagnostics.warning(warning);
  MITM_TRY(hand_out(made.files, home));
  if (::isatty(STDOUT_FILENO) == 1) {
    diagnostics.hint(
        *shell == trust::Shell::kFish
            ? fmt::format("to have the shell do it: {} | source", tls::ca_command(home, "env"))
            : fmt::format("to have the shell do it: eval \"$({})\"", tls::ca_command(home, "env")));
  }
  MITM_TRY(write_to_stdout(trust::render_exports(*shell, made.exports)));
  return 0;
}

}  // namespace mitm::ca
