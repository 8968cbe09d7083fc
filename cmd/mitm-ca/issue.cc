#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/pair_file.h"
#include "lib/base/display.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/cli/numbers.h"
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

/// What the names of the files begin with. A directory stands for the usual names in it.
Result<std::string> stem_of(const cli::ParsedOptions& options, const tls::IssueOptions& wanted) {
  const auto given = options.value("output");
  if (!given) return default_stem(wanted);
  if (given->empty() || *given == "-") {
    return fail(Code::kUsage,
                fmt::format("--output: '{}' is no beginning of a file's name", *given),
                "two files are written, as with -o mine: mine.pem and mine-key.pem");
  }
  if (given->find('\0') != std::string::npos || given->find('\n') != std::string::npos)
    return fail(Code::kUsage, "--output: a line break has no place in a file's name");
  const std::string name = fs::path(*given).filename().string();
  if (!name.empty() && name != "." && name != "..") return *given;
  std::error_code ignored;
  if (fs::is_directory(*given, ignored)) return (fs::path(*given) / default_stem(wanted)).string();
  return fail(Code::kUsage, fmt::format("--output: {} is no directory", *given),
              "make it first, or leave out the '/' at the end");
}

struct Writer {
  const fs::path& home;
  IfExists if_exists;
  const cli::Diagnostics& diagnostics;

  /// What --output must not name.
  [[nodiscard]] Status check(std::initializer_list<std::string> paths) const {
    for (const std::string& path : paths) MITM_TRY(tls::spare_ca_files(path, home, "--output"));
    return {};
  }
  Status tell(Status written, std::initializer_list<std::string> paths) const {
    std::error_code ignored;
    for (const std::string& path : paths) {
      if (written) diagnostics.note(fmt::format("wrote {}", path));
      if (!written && if_exists == IfExists::kFail && fs::exists(path, ignored))
        written.error().hint = "replace it with --force, or name another file with -o";
    }
    return written;
  }
};

Result<Bytes> chain_of(const tls::CertificateAuthority& ca, const tls::Leaf& leaf) {
  auto chain = tls::certificate_to_pem(leaf.certificate());
  if (!chain) return chain;
  for (const tls::X509Ptr& issuer : ca.issuers()) {
    const auto pem = tls::certificate_to_pem(issuer.get());
    if (!pem) return std::unexpected(pem.error());
    *chain += *pem;
  }
  return chain;
}

Status write_combined(const tls::CertificateAuthority& ca, const tls::Leaf& leaf,
                      const std::string& stem, const Writer& writer) {
  const auto chain = chain_of(ca, leaf);
  if (!chain) return std::unexpected(chain.error());
  const auto key = tls::key_to_pem(leaf.key());
  if (!key) return std::unexpected(key.error());
  const std::string path = stem + ".pem";
  MITM_TRY(writer.check({path}));
  return writer.tell(write_file_atomically(path, *key + *chain, 0600, writer.if_exists), {path});
}

Status write_pem(const tls::CertificateAuthority& ca, const tls::Leaf& leaf,
                 const std::string& stem, const Writer& writer) {
  const auto chain = chain_of(ca, leaf);
  if (!chain) return std::unexpected(chain.error());
  const auto key = tls::key_to_pem(leaf.key());
  if (!key) return std::unexpected(key.error());
  const PairFiles files{stem + "-key.pem", stem + ".pem"};
  MITM_TRY(writer.check({files.key_path, files.certificate_path}));
  return writer.tell(write_pair(files, *key, *chain, writer.if_exists),
                     {files.key_path, files.certificate_path});
}

Status write_p12(const tls::CertificateAuthority& ca, const tls::Leaf& leaf,
                 const std::string& stem, const std::string& password, const Writer& writer) {
  const auto archive =
      tls::identity_to_pkcs12(leaf.key(), leaf.certificate(), ca.issuers(),
                              printable(fs::path(stem).filename().string()), password);
  if (!archive) return std::unexpected(archive.error());
  const std::string path = stem + ".p12";
  MITM_TRY(writer.check({path}));
  return writer.tell(write_file_atomically(path, *archive, 0600, writer.if_exists), {path});
}

}  // namespace

Result<int> issue(const cli::ParsedOptions& options, const fs::path& home,
                  const cli::Diagnostics& diagnostics) {
  if (options.has("password-file") && !options.has("p12"))
    return fail(Code::kUsage, "--password-file is for --p12 only");
  if (options.has("combined") && options.has("p12"))
    return fail(Code::kUsage, "--combined and --p12 exclude each other");
  const auto wanted = read_options(options, diagnostics);
  if (!wanted) return std::unexpected(wanted.error());
  const auto stem = stem_of(options, *wanted);
  if (!stem) return std::unexpected(stem.error());
  const Time now = SystemClock().now();
  const auto ca = tls::load_ca(home, now, ask_passphrase(options));
  if (!ca) return std::unexpected(ca.error());
  const auto leaf = tls::issue(*ca, *wanted, now);
  if (!leaf) return std::unexpected(leaf.error());
  const IfExists if_exists = options.has("force") ? IfExists::kReplace : IfExists::kFail;
  const Writer writer{home, if_exists, diagnostics};
  if (!options.has("p12")) {
    MITM_TRY(options.has("combined") ? write_combined(*ca, *leaf, *stem, writer)
                                     : write_pem(*ca, *leaf, *stem, writer));
    return 0;
  }
  const auto password = ask_p12_password(options, *stem + ".p12", diagnostics);
  if (!password) return std::unexpected(password.error());
  MITM_TRY(write_p12(*ca, *leaf, *stem, *password, writer));
  return 0;
}

}  // namespace mitm::ca
