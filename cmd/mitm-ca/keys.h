#pragma once

#include <vector>

#include "lib/cli/diagnostics.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/tls/passphrase.h"

namespace mitm::ca {

inline constexpr auto kPassphraseFlag = "passphrase-file";
inline constexpr auto kPassphraseVariable = "MITMKIT_PASSPHRASE";

/// `--passphrase-file`, for subcommands that use the CA's private key.
cli::Flag passphrase_flag(const char* category);

/// Asks for the passphrase of an encrypted CA key, where `options` say so.
tls::AskPassphrase ask_passphrase(const cli::ParsedOptions& options);

/// For a key that is to be written: empty when it is not to be encrypted.
Result<std::string> new_passphrase(const cli::ParsedOptions& options, const std::string& key_path);

/// The same for one that is to be encrypted in any case.
Result<std::string> ask_new_passphrase(const cli::ParsedOptions& options,
                                       const std::string& key_path);

/// That of a PKCS #12 file that is written; `what` says which. Warns of one that Java refuses.
Result<std::string> ask_p12_password(const cli::ParsedOptions& options, const std::string& what,
                                     const cli::Diagnostics& diagnostics);

}  // namespace mitm::ca
