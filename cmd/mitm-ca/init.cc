#include <fmt/format.h>

#include "cmd/mitm-ca/commands.h"
#include "lib/base/time.h"
#include "lib/cli/numbers.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/home.h"

namespace mitm::ca {
namespace {

Result<tls::CaOptions> read_options(const cli::ParsedOptions& options) {
  tls::CaOptions result;
  const auto days = cli::unsigned_value(options, "days", static_cast<std::uint64_t>(result.days),
                                        {1, tls::CaOptions::kMaxDays});
  if (!days) return std::unexpected(days.error());
  result.days = static_cast<int>(*days);
  result.key = options.value_or("key", "ec") == "rsa" ? tls::KeyType::kRsa : tls::KeyType::kEc;
  const auto name = options.value("name");
  if (name && name->empty()) return fail(Code::kUsage, "option --name: a CA needs a name");
  result.name = name.value_or("");
  return result;
}

}  // namespace

Result<int> init(const cli::ParsedOptions& options, const std::filesystem::path& home,
                 const cli::Diagnostics& diagnostics) {
  const auto ca_options = read_options(options);
  if (!ca_options) return std::unexpected(ca_options.error());
  const auto ca = tls::CertificateAuthority::create(*ca_options, SystemClock().now());
  if (!ca) return std::unexpected(ca.error());
  const bool force = options.has("force");
  MITM_TRY(tls::save_ca(*ca, home, force ? IfExists::kReplace : IfExists::kFail));
  diagnostics.note(fmt::format("the CA's certificate is {}, its private key {}",
                               tls::ca_certificate_path(home).string(),
                               tls::ca_key_path(home).string()));
  diagnostics.note(
      fmt::format("programs must trust it, as with 'curl --cacert mitmkit.pem' after this: {}",
                  tls::ca_command(home, "export -o mitmkit.pem")));
  if (force) diagnostics.note("whatever trusted a former CA does not trust this one yet");
  return 0;
}

}  // namespace mitm::ca
