#include "cmd/mitm-ca/ca_options.h"

#include "lib/cli/numbers.h"
#include "lib/tls/permitted.h"

namespace mitm::ca {

std::vector<cli::Flag> ca_option_flags(const char* category) {
  return {
      {.long_name = "name",
       .value_name = "NAME",
       .category = category,
       .summary = "common name (default: mitmkit CA (USER@HOST))",
       .details = "At most 64 characters. This is what lists of trusted certificates show."},
      {.long_name = "days",
       .value_name = "N",
       .category = category,
       .summary = "valid for N days from now (default 3650)",
       .details = "It is valid for the past two days as well, for clients whose clock is late."},
      {.long_name = "key",
       .value_name = "TYPE",
       .category = category,
       .summary = "private key: ec (P-256, the default) or rsa (3072 bits)",
       .complete = cli::Complete::kChoice,
       .choices = {"ec", "rsa"}},
      {.long_name = "permit",
       .value_name = "DOMAIN",
       .category = category,
       .summary = "it may sign certificates for DOMAIN and all below it only",
       .details =
           "Critical Name Constraints (RFC 5280, section 4.2.1.10): clients refuse certificates of "
           "other servers that it signs, also when its key was stolen. DOMAIN may also be an "
           "address or a network "
           "(10.0.0.0/8). Mailboxes and URIs are permitted in DOMAIN alone, too, and purposes "
           "other than "
           "TLS not at all (extendedKeyUsage). Such a CA is two certificates: clients trust one "
           "whose key is thrown "
           "away at once, and the other one, which that signed, signs.",
       .complete = cli::Complete::kHost,
       .repeatable = true},
  };
}

Result<tls::CaOptions> read_ca_options(const cli::ParsedOptions& options, tls::CaOptions defaults) {
  tls::CaOptions result = std::move(defaults);
  const auto days = cli::unsigned_value(options, "days", static_cast<std::uint64_t>(result.days),
                                        {1, tls::CaOptions::kMaxDays});
  if (!days) return std::unexpected(days.error());
  result.days = static_cast<int>(*days);
  if (const auto key = options.value("key"))
    result.key = *key == "rsa" ? tls::KeyType::kRsa : tls::KeyType::kEc;
  if (const auto name = options.value("name")) {
    if (name->empty()) return fail(Code::kUsage, "option --name: a CA needs a name");
    result.name = *name;
  }
  if (options.has("permit")) {
    const auto permitted = tls::parse_permitted(options.values("permit"));
    if (!permitted) return std::unexpected(permitted.error());
    auto constraints = tls::encode_name_constraints(*permitted);
    if (!constraints) return std::unexpected(std::move(constraints).error());
    result.name_constraints = *std::move(constraints);
    // What the CA is limited to already is not widened.
    if (result.key_purposes.empty()) {
      auto purposes = tls::encode_tls_purposes();
      if (!purposes) return std::unexpected(std::move(purposes).error());
      result.key_purposes = *std::move(purposes);
    }
  }
  return result;
}

}  // namespace mitm::ca
