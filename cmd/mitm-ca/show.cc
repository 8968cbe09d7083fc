#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/store_choice.h"
#include "lib/base/time.h"
#include "lib/cli/escape.h"
#include "lib/cli/output.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/home.h"
#include "lib/tls/x509_facts.h"

namespace mitm::ca {
namespace {

/// To the second; certificates know no fractions.
std::string timestamp(Time time) { return format_rfc3339(time).substr(0, 19) + "Z"; }

/// What openssl prints of a certificate, of which some is the certificate's own words.
std::string escape_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    out += cli::escape_controls(line) + '\n';
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

/// Of a CA below another one that lasts longer.
std::string end_of_signing(const tls::CaValidity& validity) {
  if (validity.first_to_end.empty()) return {};
  return fmt::format("signs    until {}, when {} ends\n", timestamp(validity.not_after),
                     cli::escape_controls(validity.first_to_end));
}

std::string summary(const tls::CaCertificate& ca, const std::filesystem::path& home, Time now) {
  using tls::Digest;
  const flow::Certificate& facts = ca.facts;
  const std::string permitted = ca.constraints.describe();
  const auto days = std::chrono::floor<std::chrono::days>(facts.not_after - now).count();
  return fmt::format(
      "subject  {}\nvalid    {} to {}{}\npermits  {}\nkey      {}\nSHA-256  {}\nSHA-1    {}\n"
      "file     {}\n{}",
      cli::escape_controls(facts.subject), timestamp(facts.not_before), timestamp(facts.not_after),
      days >= 0 ? fmt::format(" ({} days left)", days) : "",
      permitted.empty() ? "everything" : cli::escape_controls(permitted), facts.key,
      tls::fingerprint(facts.der, Digest::kSha256), tls::fingerprint(facts.der, Digest::kSha1),
      cli::escape_controls(tls::ca_certificate_path(home).string()), end_of_signing(ca.validity));
}

/// One line for each store that trusts it.
Result<std::string> where_installed(std::string_view sha256) {
  const auto sights = look_around({});
  if (!sights) return std::unexpected(sights.error());
  std::string lines;
  for (const Sight& sight : *sights) {
    if (!sight.entries) {
      lines += fmt::format("unknown  {}: {}\n", describe(sight.store),
                           cli::escape_controls(sight.entries.error().message));
    } else if (trust::is_trusted(*sight.entries, sha256)) {
      lines += fmt::format("trusted  {}\n", describe(sight.store));
    }
  }
  return lines.empty() ? "trusted  nowhere\n" : lines;
}

}  // namespace

Result<int> show(const cli::ParsedOptions& options, const std::filesystem::path& home,
                 const cli::Diagnostics& diagnostics) {
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  cli::Output output;
  const Time now = SystemClock().now();
  if (options.has("text")) {
    MITM_TRY(output.write(escape_lines(ca->text)));
  } else {
    MITM_TRY(output.write(summary(*ca, home, now)));
    const auto installed = where_installed(ca->facts.sha256);
    if (!installed) return std::unexpected(installed.error());
    MITM_TRY(output.write(*installed));
  }
  MITM_TRY(output.close());
  if (now < ca->facts.not_before) {
    diagnostics.warning(
        fmt::format("the CA is not valid before {}", timestamp(ca->facts.not_before)));
    diagnostics.hint("is the clock right?");
  }
  return 0;
}

}  // namespace mitm::ca
