#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "lib/tls/ca_store.h"

/// The certificates of CAs that were replaced, as `FINGERPRINT.pem` in folders of the home
/// directory. Their keys are gone.
namespace mitm::tls {

enum class Standing : std::uint8_t {
  kTrusted,    ///< still to be trusted, until it ends: `former/`
  kWithdrawn,  ///< by nobody any more, but it may be installed: `withdrawn/`
};

/// Keeps `certificate`. Nothing happens when it is there already.
Status keep_former(const CaCertificate& certificate, const std::filesystem::path& home,
                   Standing standing = Standing::kTrusted);

/// Those that are there, the youngest first. Refuses a directory or file that others can write, or
/// that belongs to another user; what is no certificate is passed over.
Result<std::vector<CaCertificate>> load_former(const std::filesystem::path& home,
                                               Standing standing = Standing::kTrusted);

/// Forgets one, whichever its standing is.
Status forget_former(const CaCertificate& certificate, const std::filesystem::path& home);

}  // namespace mitm::tls
