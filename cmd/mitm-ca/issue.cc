#include <fmt/format.h>

#include <algorithm>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/keys.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/cli/numbers.h"
#include "lib/cli/passphrase.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/issue.h"
#include "lib/tls/pem.h"
#include "lib/tls/pkcs12.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

Result<tls::IssueOptions> read_options(const cli::ParsedOptions& options,
                                       const cli::Diagnostics& diagnostics) {
  tls::IssueOptions result{.names = options.positionals(), .client = options.has("client")};
  const auto days = cli::unsigned_value(options, "days", static_cast<std::uint64_t>(result.days),
                                        {1, tls::IssueOptions::kMaxDays});
  if (!days) return std::unexpected(days.error());
  result.days = static_cast<int>(*days);
  if (options.value_or("key", "ec") == "rsa") result.key = tls::KeyType::kRsa;
  if (!result.client && result.days > tls::IssueOptions::kMaxServerDays) {
    diagnostics.warning(
        fmt::format("Apple's clients refuse servers with certificates for more than "
                    "{} days",
                    tls::IssueOptions::kMaxServerDays));
  }
  return result;
}

/// "example.com+2" for three names.
std::string default_stem(const tls::IssueOptions& options) {
  std::string stem = options.names.front();
  if (stem.starts_with('*')) stem.replace(0, 1, "_wildcard");
  std::ranges::replace_if(
      stem, [](char c) { return c == ':' || c == '/' || static_cast<unsigned char>(c) < ' '; },
      '_');
  if (stem.starts_with('.') || stem.starts_with('-')) stem.insert(0, "_");
  if (options.names.size() > 1) stem += fmt::format("+{}", options.names.size() - 1);
  return options.client ? stem + "-client" : stem;
}

struct Writer {
  const fs::path& home;
  IfExists if_exists;
  const cli::Diagnostics& diagnostics;

  Status write(const std::string& path, ByteView content, unsigned mode) const {
    MITM_TRY(tls::spare_ca_files(path, home, "--output"));
    auto written = write_file_atomically(path, content, mode, if_exists);
    if (!written && if_exists == IfExists::kFail && fs::exists(path))
      written.error().hint = "replace it with --force, or name another file with -o";
    if (written) diagnostics.note(fmt::format("wrote {}", path));
    return written;
  }
};

Status write_pem(const tls::CertificateAuthority& ca, const tls::Leaf& leaf,
                 const std::string& stem, const Writer& writer) {
  auto chain = tls::certificate_to_pem(leaf.certificate());
  if (!chain) return std::unexpected(std::move(chain).error());
  for (const tls::X509Ptr& issuer : ca.issuers()) {
    const auto pem = tls::certificate_to_pem(issuer.get());
    if (!pem) return std::unexpected(pem.error());
    *chain += *pem;
  }
  const auto key = tls::key_to_pem(leaf.key());
  if (!key) return std::unexpected(key.error());
  // First, because this is what fails when the name is taken.
  MITM_TRY(writer.write(stem + "-key.pem", *key, 0600));
  return writer.write(stem + ".pem", *chain, 0644);
}

Status write_p12(const tls::CertificateAuthority& ca, const tls::Leaf& leaf,
                 const std::string& stem, const std::string& password, const Writer& writer) {
  const auto archive = tls::identity_to_pkcs12(leaf.key(), leaf.certificate(), ca.issuers(),
                                               fs::path(stem).filename().string(), password);
  if (!archive) return std::unexpected(archive.error());
  return writer.write(stem + ".p12", *archive, 0600);
}

}  // namespace

Result<int> issue(const cli::ParsedOptions& options, const fs::path& home,
                  const cli::Diagnostics& diagnostics) {
  const auto wanted = read_options(options, diagnostics);
  if (!wanted) return std::unexpected(wanted.error());
  const Time now = SystemClock().now();
  const auto ca = tls::load_ca(home, now, ask_passphrase(options));
  if (!ca) return std::unexpected(ca.error());
  const auto leaf = tls::issue(*ca, *wanted, now);
  if (!leaf) return std::unexpected(leaf.error());
  const std::string stem = options.value_or("output", default_stem(*wanted));
  const IfExists if_exists = options.has("force") ? IfExists::kReplace : IfExists::kFail;
  const Writer writer{home, if_exists, diagnostics};
  if (!options.has("p12")) {
    MITM_TRY(write_pem(*ca, *leaf, stem, writer));
    return 0;
  }
  const cli::PassphraseSource source(options, "password-file", "MITMKIT_P12_PASSWORD");
  const auto password = source.read(stem + ".p12", cli::PassphraseSource::Twice::kYes);
  if (!password) return std::unexpected(password.error());
  MITM_TRY(write_p12(*ca, *leaf, stem, *password, writer));
  return 0;
}

}  // namespace mitm::ca
