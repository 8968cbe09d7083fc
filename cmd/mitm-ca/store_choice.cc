#include "cmd/mitm-ca/store_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/shell_word.h"
#include "lib/cli/escape.h"
#include "lib/tls/home.h"
#include "lib/trust/find.h"

namespace mitm::ca {
namespace {

constexpr auto kStores = "Stores";

Result<trust::Machine> machine_of(const std::optional<std::string>& root) {
  trust::Machine machine = trust::this_machine();
  if (!root) return machine;
  std::error_code error;
  machine.root = std::filesystem::canonical(*root, error);
  if (error) return fail_errno(fmt::format("--root: {}", *root), error.value());
  if (!std::filesystem::is_directory(machine.root, error))
    return fail_errno(fmt::format("--root: {}", *root), ENOTDIR);
  return machine;
}

}  // namespace

std::vector<cli::Flag> store_flags() {
  return {
      {.long_name = "store",
       .value_name = "KIND",
       .category = kStores,
       .summary = "only stores of this kind: system, nss (browsers) or java",
       .complete = cli::Complete::kChoice,
       .choices = {"system", "nss", "java"},
       .repeatable = true},
      {.long_name = "root",
       .value_name = "DIR",
       .category = kStores,
       .summary = "work on the system below DIR, a chroot or an image",
       .details = "Its commands run there, by chroot. The stores of users do not count, nor do NSS "
                  "databases that name modules, which would run here.",
       .complete = cli::Complete::kDirectory},
      {.long_name = "dry-run",
       .category = kStores,
       .summary = "print every file and command, and touch nothing"},
  };
}

StoreChoice read_store_choice(const cli::ParsedOptions& options) {
  return {options.values("store"), options.value("root")};
}

Result<std::vector<Sight>> look_around(const StoreChoice& choice) {
  const auto machine = machine_of(choice.root);
  if (!machine) return std::unexpected(machine.error());
  const auto& kinds = choice.kinds;
  std::vector<Sight> sights;
  for (trust::Store& store : trust::find_stores(*machine)) {
    if (!kinds.empty() && !std::ranges::count(kinds, std::string(trust::to_string(store.kind))))
      continue;
    auto entries = trust::read_store(store, run_command);
    sights.push_back({std::move(store), std::move(entries)});
  }
  return sights;
}

std::string store_command(const cli::ParsedOptions& options, const std::filesystem::path& home,
                          std::string_view words) {
  const auto root = options.value("root");
  return tls::ca_command(
      home, root ? fmt::format("{} --root {}", words, shell_word(*root)) : std::string(words));
}

std::string describe(const trust::Store& store) {
  return cli::escape_controls(
      fmt::format("{} ({}) {}", trust::to_string(store.kind), store.name, store.path.string()));
}

trust::Certificate trust_certificate(const tls::CaCertificate& certificate) {
  return {certificate.pem, certificate.facts.der, certificate.facts.sha256};
}

}  // namespace mitm::ca
