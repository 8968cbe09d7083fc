#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/store_change.h"
#include "cmd/mitm-ca/trust_folder.h"
#include "lib/base/ascii.h"
#include "lib/base/display.h"
#include "lib/base/time.h"
#include "lib/cli/escape.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"

namespace mitm::ca {
namespace {

constexpr std::size_t kFewestDigits = 12;  // as many as the names in stores have
constexpr std::size_t kAllDigits = 64;

/// "AB:CD:…" as "abcd…".
Result<std::string> parse_fingerprint(const std::string& text) {
  std::string hex;
  for (const char letter : text.starts_with("mitmkit-") ? text.substr(8) : text)
    if (letter != ':') hex += to_lower(letter);
  const bool is_hex = std::ranges::all_of(
      hex, [](char letter) { return std::isxdigit(static_cast<unsigned char>(letter)) != 0; });
  if (is_hex && hex.size() >= kFewestDigits && hex.size() <= kAllDigits) return hex;
  return fail(Code::kUsage, fmt::format("'{}' is not a SHA-256 fingerprint", printable(text)),
              fmt::format("write its 64 hexadecimal digits, or {} at least of the first ones",
                          kFewestDigits));
}

/// Every certificate in the stores with a fingerprint that `fits`.
std::set<std::string> found_in(const std::vector<Sight>& sights,
                               const std::function<bool(const trust::Entry&)>& fits) {
  std::set<std::string> found;
  for (const Sight& sight : sights) {
    if (!sight.entries) continue;
    for (const trust::Entry& entry : *sight.entries)
      if (fits(entry)) found.insert(entry.sha256);
  }
  return found;
}

/// What `home` had before, to be trusted still or not.
Result<std::vector<tls::CaCertificate>> replaced_of(const std::filesystem::path& home) {
  auto all = tls::load_former(home);
  if (!all) return all;
  auto withdrawn = tls::load_former(home, tls::Standing::kWithdrawn);
  if (!withdrawn) return withdrawn;
  std::ranges::move(*withdrawn, std::back_inserter(*all));
  return all;
}

/// Whether a certificate is a CA of mitmkit's: by its name, or because `home` knows it.
class Ours {
 public:
  explicit Ours(const std::filesystem::path& home) {
    if (const auto ca = tls::load_ca_certificate(home)) known_.insert(ca->facts.sha256);
    const auto replaced = replaced_of(home);
    if (!replaced) return;
    for (const tls::CaCertificate& one : *replaced) known_.insert(one.facts.sha256);
  }
  [[nodiscard]] bool has(const trust::Entry& entry) const {
    return trust::is_ours(entry) || known_.contains(entry.sha256);
  }

 private:
  std::set<std::string> known_;
};

/// Fingerprints, or their beginnings, find CAs of ours alone: with another one a public CA would be
/// gone from a store.
Result<std::vector<std::string>> named(const std::vector<std::string>& texts,
                                       const std::vector<Sight>& sights, const Ours& ours) {
  std::vector<std::string> fingerprints;
  for (const std::string& text : texts) {
    const auto hex = parse_fingerprint(text);
    if (!hex) return std::unexpected(hex.error());
    const auto fits = [&](const trust::Entry& entry) { return entry.sha256.starts_with(*hex); };
    const auto found =
        found_in(sights, [&](const trust::Entry& entry) { return fits(entry) && ours.has(entry); });
    if (found.size() > 1)
      return fail(Code::kUsage, fmt::format("'{}' fits several certificates", text));
    if (found.empty() && !found_in(sights, fits).empty()) {
      return fail(Code::kUsage, fmt::format("'{}' is no CA of mitmkit's", printable(text)),
                  "others are taken out with the means of the store that they are in");
    }
    fingerprints.push_back(found.empty() ? *hex : *found.begin());
  }
  return fingerprints;
}

/// The CA of `home` and those that were replaced there.
Result<std::vector<std::string>> of_home(const std::filesystem::path& home) {
  std::vector<std::string> fingerprints;
  const auto ca = tls::load_ca_certificate(home);
  // Former ones alone would leave the present one trusted.
  if (!ca && tls::has_ca(home)) return std::unexpected(ca.error());
  if (ca) fingerprints.push_back(ca->facts.sha256);
  const auto replaced = replaced_of(home);
  if (!replaced) return std::unexpected(replaced.error());
  for (const tls::CaCertificate& one : *replaced) fingerprints.push_back(one.facts.sha256);
  if (!fingerprints.empty()) return fingerprints;
  return std::unexpected(ca.error());
}

/// What is trusted nowhere any more is not to be trusted by shells and COMMAND either.
Status forget(const std::vector<std::string>& fingerprints, const std::filesystem::path& home,
              const cli::Diagnostics& diagnostics) {
  MITM_TRY(refresh_trust_folder(home, SystemClock().now(), diagnostics, fingerprints));
  const auto replaced = replaced_of(home);
  if (!replaced) return std::unexpected(replaced.error());
  for (const tls::CaCertificate& one : *replaced) {
    if (std::ranges::count(fingerprints, one.facts.sha256) > 0)
      MITM_TRY(tls::forget_former(one, home));
  }
  return {};
}

/// Those that are not among `known`, as of another home.
void list_ours(const cli::ParsedOptions& options, const std::vector<Sight>& sights,
               const std::vector<std::string>& known, const std::filesystem::path& home,
               const cli::Diagnostics& diagnostics) {
  for (const Sight& sight : sights) {
    if (!sight.entries) continue;
    for (const trust::Entry& entry : *sight.entries) {
      if (!trust::is_ours(entry) || std::ranges::count(known, entry.sha256) > 0) continue;
      diagnostics.note(fmt::format("there is one in {}, to remove it: {}", describe(sight.store),
                                   store_command(options, home, "uninstall " + entry.sha256)));
    }
  }
}

}  // namespace

Result<int> uninstall(const cli::ParsedOptions& options, const std::filesystem::path& home,
                      const cli::Diagnostics& diagnostics) {
  const auto& texts = options.positionals();
  for (const std::string& text : texts)
    if (const auto hex = parse_fingerprint(text); !hex) return std::unexpected(hex.error());
  const auto sights = look_around(read_store_choice(options));
  if (!sights) return std::unexpected(sights.error());
  const auto fingerprints = texts.empty() ? of_home(home) : named(texts, *sights, Ours(home));
  if (!fingerprints) {
    if (texts.empty()) list_ours(options, *sights, {}, home, diagnostics);
    Error error = fingerprints.error();
    if (texts.empty() && !tls::has_ca(home))
      error.hint = "name the fingerprint of the one to remove";
    return std::unexpected(std::move(error));
  }
  const auto status = change_stores(options, *sights, removal(*fingerprints), diagnostics);
  const bool everywhere = !options.has("store") && !options.has("root") && !options.has("dry-run");
  if (texts.empty()) list_ours(options, *sights, *fingerprints, home, diagnostics);
  if (status && *status == 0 && everywhere) MITM_TRY(forget(*fingerprints, home, diagnostics));
  return status;
}

}  // namespace mitm::ca
