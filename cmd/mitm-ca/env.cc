#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/output_file.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"
#include "lib/tls/trust.h"
#include "lib/trust/exports.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBundle = 16 << 20;

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Result<trust::Shell> shell_of(const cli::ParsedOptions& options) {
  const std::string name = options.value_or("shell", variable("SHELL").value_or("sh"));
  const auto shell = trust::parse_shell(name);
  if (shell) return *shell;
  return fail(Code::kUsage, fmt::format("there are no lines for the shell {}", name),
              "choose another with --shell");
}

/// The first bundle that is there.
Bytes system_pem() {
  for (const fs::path& path : tls::system_bundles()) {
    auto content = read_regular_file(path, kMaxBundle);
    if (content && !content->empty()) return *std::move(content);
  }
  return {};
}

/// The CA, and those that it replaced while they last.
Bytes trusted_pem(const tls::CaCertificate& ca, const fs::path& home, Time now) {
  Bytes all = ca.pem;
  for (const tls::CaCertificate& former : tls::load_former(home))
    if (now <= former.facts.not_after) all += former.pem;
  return all;
}

Status write_files(const trust::ShellEnvironment& made, const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("create {}", directory.string()));
  for (const auto& file : made.files) {
    // Another shell may be reading it; what is the same stays.
    const auto before = read_regular_file(file.path, kMaxBundle);
    if (before && *before == file.content) continue;
    MITM_TRY(write_file_atomically(file.path, file.content, 0644, IfExists::kReplace));
  }
  return {};
}

}  // namespace

Result<int> env(const cli::ParsedOptions& options, const fs::path& home,
                const cli::Diagnostics& diagnostics) {
  const auto shell = shell_of(options);
  if (!shell) return std::unexpected(shell.error());
  std::error_code ignored;
  const fs::path directory = fs::absolute(home, ignored) / "trust";
  trust::ShellSurroundings surroundings{
      .variable = variable,
      .read = [](const std::string& path) { return read_regular_file(path, kMaxBundle); },
      .directory = directory.string()};
  if (options.has("unset")) {
    MITM_TRY(write_to_stdout(trust::render_unsets(*shell, trust::exported(surroundings))));
    return 0;
  }
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  const Time now = SystemClock().now();
  surroundings.ca_pem = trusted_pem(*ca, home, now);
  surroundings.system_pem = system_pem();
  const auto made = trust::shell_environment(surroundings);
  for (const std::string& warning : made.warnings) diagnostics.warning(warning);
  MITM_TRY(write_files(made, directory));
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
