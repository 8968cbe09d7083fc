#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "lib/tls/ca.h"

namespace mitm::tls {

/// The CA that another program made: PEM or PKCS #12, key and certificates in one file or, in PEM,
/// in several. `ask` is asked for the passphrase if need be.
Result<CertificateAuthority> import_ca(std::span<const std::string> files, Time now,
                                       const AskPassphrase& ask);

}  // namespace mitm::tls
