#include "cmd/mitm-ca/keys.h"

#include "lib/cli/passphrase.h"

namespace mitm::ca {

cli::Flag passphrase_flag(const char* category) {
  return {
      .long_name = kPassphraseFlag,
      .value_name = "FILE",
      .category = category,
      .summary = "the passphrase of the CA's private key is FILE's first line",
      .details = "Otherwise it is taken from $MITMKIT_PASSPHRASE, or asked for on the terminal.",
      .complete = cli::Complete::kFile};
}

tls::AskPassphrase ask_passphrase(const cli::ParsedOptions& options) {
  return [source = cli::PassphraseSource(options, kPassphraseFlag, kPassphraseVariable)](
             const std::string& name) { return source.read(name); };
}

Result<std::string> new_passphrase(const cli::ParsedOptions& options, const std::string& key_path) {
  const cli::PassphraseSource source(options, kPassphraseFlag, kPassphraseVariable);
  if (!options.has("encrypt") && !source.is_given()) return std::string();
  return ask_new_passphrase(options, key_path);
}

Result<std::string> ask_new_passphrase(const cli::ParsedOptions& options,
                                       const std::string& key_path) {
  const cli::PassphraseSource source(options, kPassphraseFlag, kPassphraseVariable);
  return source.read(key_path, cli::PassphraseSource::Twice::kYes);
}

Result<std::string> ask_p12_password(const cli::ParsedOptions& options, const std::string& what,
                                     const cli::Diagnostics& diagnostics) {
  constexpr std::size_t kJavaMinimum = 6;
  const cli::PassphraseSource source(options, "password-file", "MITMKIT_P12_PASSWORD");
  auto password = source.read(what, cli::PassphraseSource::Twice::kYes);
  if (password && password->size() < kJavaMinimum)
    diagnostics.warning("the password is short: Java opens the file with six characters or more");
  return password;
}

}  // namespace mitm::ca
