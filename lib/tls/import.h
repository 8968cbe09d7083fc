#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/tls/ca.h"

namespace mitm::tls {

struct ImportedCa {
  CertificateAuthority ca;
  std::string source;                     ///< the file with its certificates, the first of several
  std::vector<std::string> ignored = {};  ///< what else the files hold, a line each
};

/// The CA that another program made: PEM or PKCS #12, key and certificates in one file or in
/// several. `ask` is asked for the passphrase if need be. Errors name the file that is at fault.
Result<ImportedCa> import_ca(std::span<const std::string> files, Time now,
                             const AskPassphrase& ask);

}  // namespace mitm::tls
