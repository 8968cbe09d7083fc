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

}  // namespace mitm::ca
