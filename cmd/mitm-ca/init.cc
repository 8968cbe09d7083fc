#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cmd/mitm-ca/ca_options.h"
#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/trust_folder.h"
#include "lib/base/shell_word.h"
#include "lib/base/time.h"
#include "lib/cli/passphrase.h"
#include "lib/tls/ca_fitness.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/expiry.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"
#include "lib/tls/import.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

struct Made {
  tls::CertificateAuthority ca;
  std::string passphrase = {};  ///< that its private key came with; empty: none
};

Result<Made> import_files(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) {
  for (const auto* name : {"name", "days", "key", "permit"}) {
    if (options.has(name))
      return fail(Code::kUsage, fmt::format("--import and --{} exclude each other", name));
  }
  const cli::PassphraseSource source(options, "import-passphrase-file",
                                     "MITMKIT_IMPORT_PASSPHRASE");
  const auto& files = options.values("import");
  std::string passphrase;
  const auto ask = [&](const std::string& name) {
    auto given = source.read(name);
    if (given) passphrase = *given;
    return given;
  };
  auto imported = tls::import_ca(files, SystemClock().now(), ask);
  if (!imported) return std::unexpected(std::move(imported).error());
  const auto objections = tls::examine_fitness(imported->ca, imported->source);
  if (!objections) return std::unexpected(objections.error());
  for (const std::string& objection : *objections)
    diagnostics.warning(fmt::format("{}: {}", imported->source, objection));
  for (const std::string& one : imported->ignored) diagnostics.warning(one);
  return Made{std::move(imported->ca), std::move(passphrase)};
}

Result<Made> make(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics) {
  if (options.has("import")) return import_files(options, diagnostics);
  const auto ca_options = read_ca_options(options);
  if (!ca_options) return std::unexpected(ca_options.error());
  auto ca = tls::CertificateAuthority::create(*ca_options, SystemClock().now());
  if (!ca) return std::unexpected(std::move(ca).error());
  return Made{*std::move(ca)};
}

/// For the key that is written; empty: it is not encrypted. One that was imported stays as it was
/// unless the options say otherwise.
Result<std::string> passphrase_for(const cli::ParsedOptions& options, const fs::path& home,
                                   const Made& made, const cli::Diagnostics& diagnostics) {
  if (options.has("no-encrypt")) return std::string();
  auto chosen = new_passphrase(options, tls::ca_key_path(home).string());
  if (!chosen || !chosen->empty() || made.passphrase.empty()) return chosen;
  diagnostics.note(
      "the private key stays encrypted, with the passphrase that it had; "
      "mitm-record needs that whenever it starts, unless --no-encrypt is given");
  return made.passphrase;
}

/// uninstall has to find it where it is installed; nobody else is to trust it any more. One that
/// cannot be read is no loss.
Status keep_withdrawn(const fs::path& home) {
  const auto old = tls::load_ca_certificate(home);
  return old ? tls::keep_former(*old, home, tls::Standing::kWithdrawn) : Status{};
}

constexpr auto kParticular =
    std::to_array<std::string_view>({"import", "import-passphrase-file", "permit", "encrypt",
                                     "no-encrypt", "passphrase-file", "key", "name", "days"});

bool is_particular(const cli::ParsedOptions& options) {
  return std::ranges::any_of(
      kParticular, [&](std::string_view option) { return options.has(std::string(option)); });
}

/// The words that do the same where a CA has to make way.
std::string forced_words(const cli::ParsedOptions& options) {
  std::string words = "init --force";
  for (const std::string_view option : kParticular) {
    const std::string name(option);
    if (!options.has(name)) continue;
    const auto& values = options.values(name);
    if (values.empty()) words += fmt::format(" --{}", name);
    for (const std::string& value : values)
      words += fmt::format(" --{} {}", name, shell_word(value));
  }
  return words;
}

Status check_usage(const cli::ParsedOptions& options) {
  if (const auto usage = read_ca_options(options); !usage) return std::unexpected(usage.error());
  if (!options.has("no-encrypt")) return {};
  for (const auto* name : {"encrypt", "passphrase-file"}) {
    if (options.has(name))
      return fail(Code::kUsage, fmt::format("--{} and --no-encrypt exclude each other", name));
  }
  return {};
}

void tell(const fs::path& home, bool replaced, const cli::Diagnostics& diagnostics) {
  diagnostics.note(fmt::format("the CA's certificate is {}, its private key {}",
                               tls::ca_certificate_path(home).string(),
                               tls::ca_key_path(home).string()));
  diagnostics.note(fmt::format("this machine and its browsers trust it after this: {}",
                               tls::ca_command(home, "install")));
  diagnostics.note(
      fmt::format("others must trust it, too, as with 'curl --cacert mitmkit.pem' after this: {}",
                  tls::ca_command(home, "export -o mitmkit.pem")));
  if (!replaced) return;
  diagnostics.note(
      fmt::format("what trusted the former CA does not trust this one yet, but for shells; where "
                  "that one is installed it is taken out by this: {}",
                  tls::ca_command(home, "uninstall")));
}

}  // namespace

Result<int> init(const cli::ParsedOptions& options, const fs::path& home,
                 const cli::Diagnostics& diagnostics) {
  const bool force = options.has("force");
  const bool was_whole = tls::has_certificate(home);
  const bool had_none = !tls::has_ca(home);
  MITM_TRY(check_usage(options));
  // Before anything is asked for.
  MITM_TRY(tls::settle(home));
  if (!force && !had_none) {
    if (was_whole || is_particular(options) || !tls::has_certificate(home))
      return tls::refuse_to_replace(home, forced_words(options));
    diagnostics.note("another process was making a CA, that one is used");
    tell(home, false, diagnostics);
    return 0;
  }
  const auto made = make(options, diagnostics);
  if (!made) return std::unexpected(made.error());
  const auto passphrase = passphrase_for(options, home, *made, diagnostics);
  if (!passphrase) return std::unexpected(passphrase.error());
  if (force) MITM_TRY(keep_withdrawn(home));
  const Status saved =
      tls::save_ca(made->ca, home, force ? IfExists::kReplace : IfExists::kFail, *passphrase);
  if (!saved && had_none && !is_particular(options) && tls::has_ca(home)) {
    diagnostics.note("another process made a CA at the same time, that one is used");
  } else if (!saved) {
    return std::unexpected(saved.error());
  }
  if (saved) MITM_TRY(refresh_trust_folder(home, SystemClock().now(), diagnostics));
  tell(home, force && !had_none, diagnostics);
  if (const auto warning = tls::expiry_warning(made->ca.validity(), SystemClock().now(), home);
      warning && saved)
    diagnostics.warning(warning->message);
  return 0;
}

}  // namespace mitm::ca
